package names

// EnvDeliveryQueueURL is the URL of the queue of deliveries, to which the notification function sends and from which it receives.
const EnvDeliveryQueueURL = "DELIVERY_QUEUE_URL"

// EventSource is the source of the platform's events on the event bus.
const EventSource = "connectedcar"

// MetricDeliveries counts deliveries of alerts, with DimensionChannel and, in DimensionReason, the outcome.
const MetricDeliveries = "Deliveries"

// Metrics of alerts over the limits of a car, of all functions together.
const (
	MetricAlertsDropped     = "AlertsDropped"     // count of notices dropped because the car has made alert.RowsPerHour alerts
	MetricAlertsUnannounced = "AlertsUnannounced" // count of new alerts without notifications: the car has raised notification.AlertsPerHour
)

// MetricEvents counts cars' events, with the outcome in DimensionReason.
const MetricEvents = "Events"

// DimensionChannel is the channel of a delivery: topic, bus, car, people, email or sms.
const DimensionChannel = "Channel"

// Attributes of the messages on the SNS topics of alerts, for the filter policies of subscriptions.
const (
	AlertAttributeEvent        = "event" // raised, acknowledged, resolved or assigned
	AlertAttributeSeverity     = "severity"
	AlertAttributeKind         = "kind"
	AlertAttributeStatus       = "status"
	AlertAttributeManufacturer = "manufacturer" // absent if the car has no manufacturer
	AlertAttributeDealer       = "dealer"       // absent if the car has no dealer
)
