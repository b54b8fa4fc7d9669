package names

import "slices"

// Environment variables of the functions that receive messages from queues.
const (
	// EnvPresenceQueueURL is the URL of the presence function's own queue, to which it sends checks with a delay.
	EnvPresenceQueueURL = "PRESENCE_QUEUE_URL"
	// EnvTripQueueURL is the URL of the queue of trips, for messages that a car seems to have ended a trip.
	EnvTripQueueURL = "TRIP_QUEUE_URL"
	// EnvConnectivityGrace is the longest time for which a car may be offline during a trip without an alert, a Go duration.
	EnvConnectivityGrace = "CONNECTIVITY_GRACE"
)

// MetricHandled counts messages of a queue, with DimensionFunction and, in DimensionReason, the outcome.
const MetricHandled = "MessagesHandled"

// Worker is a function that receives messages of one kind from its own queue, and has its own dead-letter queue.
type Worker struct {
	// Name is the name of the function, of its folder in lambdas, and of its failures in `carctl redrive`.
	Name string
	ID   string // id of the CDK construct
	// Kind is the kind of cars' messages that the function receives; empty: its messages are not a Kind.
	Kind Kind
	// Does describes the function, Takes its messages, and Failed its failed messages, for users.
	Does, Takes, Failed string
	// Queue and GivenUp are the stack outputs with the URLs of the function's queue and of its dead-letter queue.
	Queue, GivenUp string
}

// Names of the workers.
const (
	WorkerDiagnostics = "diagnostics"
	WorkerTrips       = "trips"
	WorkerEvents      = "events"
	WorkerCommands    = "commands"
	WorkerPresence    = "presence"
)

// Stack outputs with the URLs of the workers' queues and dead-letter queues.
const (
	OutputDiagnosticsQueue    = "DiagnosticsQueue"
	OutputDiagnosticsFailures = "DiagnosticsFailures"
	OutputTripQueue           = "TripQueue"
	OutputTripFailures        = "TripFailures"
	OutputEventQueue          = "EventQueue"
	OutputEventFailures       = "EventFailures"
	OutputCommandQueue        = "CommandQueue"
	OutputCommandFailures     = "CommandFailures"
	OutputPresenceQueue       = "PresenceQueue"
	OutputPresenceFailures    = "PresenceFailures"
)

// Workers are all workers. The stacks, their outputs, carctl redrive and the tests read this list.
var Workers = []Worker{
	{WorkerDiagnostics, "Diagnostics", Diagnostics, "Keeps cars' trouble codes: those that are open, and those that were", "Diagnostics of cars",
		"trouble codes that their function rejected, or retried in vain", OutputDiagnosticsQueue, OutputDiagnosticsFailures},
	{WorkerTrips, "Trips", Trip, "Keeps and scores trips, and derives those that cars do not sum up", "Trips of cars",
		"trips, likewise", OutputTripQueue, OutputTripFailures},
	{WorkerEvents, "Events", Event, "Raises alerts of crashes, tows and harsh driving", "Events of cars",
		"crashes, tows and harsh driving, likewise", OutputEventQueue, OutputEventFailures},
	{WorkerCommands, "Commands", "", "Takes cars' answers to commands", "Answers of cars to commands",
		"answers to commands, likewise", OutputCommandQueue, OutputCommandFailures},
	{WorkerPresence, "Presence", "", "Follows which cars are connected", "Connects and disconnects of cars",
		"connects and disconnects, likewise", OutputPresenceQueue, OutputPresenceFailures},
}

// WorkerOf returns the worker that receives cars' messages of that kind; false if there is none.
func WorkerOf(k Kind) (Worker, bool) {
	n := slices.IndexFunc(Workers, func(w Worker) bool { return w.Kind == k && k != "" })
	if n < 0 {
		return Worker{}, false
	}
	return Workers[n], true
}
