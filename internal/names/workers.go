package names

// Environment variables of the functions that take messages from queues.
const (
	// EnvPresenceQueueURL is the URL of the presence function's own queue, to which it sends what it wants to look at again.
	EnvPresenceQueueURL = "PRESENCE_QUEUE_URL"
	// EnvTripQueueURL is the URL of the queue of trips, to which it is said that a car seems to have ended one.
	EnvTripQueueURL = "TRIP_QUEUE_URL"
	// EnvConnectivityGrace is the longest absence in the middle of a trip that raises no alert, a Go duration.
	EnvConnectivityGrace = "CONNECTIVITY_GRACE"
)

// MetricHandled counts messages of a queue, with DimensionFunction and, in DimensionReason, what became of them.
const MetricHandled = "MessagesHandled"
