package names

import "slices"

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

// Worker is a function that takes messages of one kind from a queue of its own, with a queue beside it for those that it gives up on.
type Worker struct {
	// Name is the name of the function, of its folder in lambdas, and of its failures for `carctl redrive`.
	Name string
	ID   string // of the construct
	// Kind is the kind of cars' messages that it takes; empty: its messages are no such kind.
	Kind Kind
	// Does is the function's description, Takes are the messages, and Failed are those that it gave up on, as people read them.
	Does, Takes, Failed string
	// Queue and GivenUp are the outputs with the URLs of its queues.
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

// Outputs with the URLs of the workers' queues, and of those for the messages that they gave up on.
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

// Workers are all workers. The stacks, their outputs, the ways back of failures and the checks are read from here.
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

// WorkerOf is the worker that takes cars' messages of that kind.
func WorkerOf(k Kind) (Worker, bool) {
	n := slices.IndexFunc(Workers, func(w Worker) bool { return w.Kind == k && k != "" })
	if n < 0 {
		return Worker{}, false
	}
	return Workers[n], true
}
