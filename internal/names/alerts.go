package names

// EnvDeliveryQueueURL is the queue of deliveries on their way: the notify function's own, which it both fills and empties.
const EnvDeliveryQueueURL = "DELIVERY_QUEUE_URL"

// EventSource is the source of the platform's events on the event bus.
const EventSource = "connectedcar"

// MetricDeliveries counts what became of deliveries of alerts, with DimensionChannel and with DimensionReason for the outcome.
const MetricDeliveries = "Deliveries"

// Metrics of alerts beyond the limits of their cars, of all functions together.
const (
	MetricAlertsDropped     = "AlertsDropped"     // count of notices that made no alert: their car has made alert.RowsPerHour
	MetricAlertsUnannounced = "AlertsUnannounced" // count of new alerts that are in lists alone: their car has raised notification.AlertsPerHour
)

// MetricEvents counts what became of cars' events, with DimensionReason for the outcome.
const MetricEvents = "Events"

// DimensionChannel is the way of a delivery: topic, bus, car, people, email or sms.
const DimensionChannel = "Channel"

// Filters are the attributes of the messages on the topics of alerts, by which subscribers filter.
const (
	AlertAttributeEvent        = "event" // raised, acknowledged, resolved or assigned
	AlertAttributeSeverity     = "severity"
	AlertAttributeKind         = "kind"
	AlertAttributeStatus       = "status"
	AlertAttributeManufacturer = "manufacturer" // absent where the car is of none
	AlertAttributeDealer       = "dealer"       // absent where the car has none
)
