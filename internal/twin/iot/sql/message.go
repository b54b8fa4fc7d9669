package sql

import (
	"context"
	"time"
)

// Message is a published message as a rule sees it.
type Message struct {
	// Topic that the message was published to, without the Basic Ingest prefix ($aws/rules/<rule>/).
	Topic string
	// Payload as published. It must not change while a statement or template is evaluated.
	Payload []byte
	// ClientID of the publisher. Empty when the message did not come by MQTT: clientid() is then "n/a".
	ClientID string
	// Principal of the publisher: the certificate's id (SHA-256 of its DER form, in hexadecimal) for a device.
	// Empty: principal() is Undefined.
	Principal string
	// SourceIP is the address that the publisher connected from. Empty: sourceip() is Undefined.
	SourceIP string
	// TraceID of the message, a UUID. Empty when the message did not come by MQTT: traceid() is Undefined.
	TraceID string
	// AccountID is the account that owns the rule, 12 digits.
	AccountID string
	// Properties of an MQTT 5 PUBLISH packet. Nil: get_mqtt_property and get_user_properties are Undefined.
	Properties *Properties
	// At is the time at which the rules engine received the message: timestamp() is its milliseconds since 1970.
	At time.Time
}

// Properties are the MQTT 5 properties that rules may read.
type Properties struct {
	UTF8            bool   // the payload format indicator: the payload is UTF-8 text
	ContentType     string // empty: absent
	ResponseTopic   string // empty: absent
	CorrelationData []byte // nil: absent
	User            []UserProperty
}

// UserProperty is one user property of an MQTT 5 packet. Keys may repeat.
type UserProperty struct{ Key, Value string }

// Services are called by functions that reach outside the message. A rule that uses one whose field is nil fails to evaluate,
// with an error that names the function. JSON is passed and returned as text.
type Services struct {
	// Lambda invokes the function and returns its result (aws_lambda). AWS gives it 2 seconds.
	// https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-func-aws-lambda
	Lambda func(ctx context.Context, functionARN string, input []byte) ([]byte, error)
	// ThingShadow returns the shadow's document (get_thing_shadow). shadow is empty for the classic shadow. Nil bytes without
	// an error, the shadow does not exist: the function is Undefined.
	ThingShadow func(ctx context.Context, thing, shadow, roleARN string) ([]byte, error)
	// DynamoDB returns the item with that key as a JSON object (get_dynamodb). Nil bytes without an error, there is no such
	// item: the function is Undefined.
	DynamoDB func(ctx context.Context, key DynamoDBKey) ([]byte, error)
	// Registry answers DescribeThing or ListThingGroupsForThing about the thing (get_registry_data). Nil bytes: Undefined.
	Registry func(ctx context.Context, api, thing, roleARN string) ([]byte, error)
	// Secret returns the current version of the secret (get_secret): SecretString as it is, SecretBinary in base64.
	Secret func(ctx context.Context, id, secretType, roleARN string) (string, error)
	// NewUUID makes the value of newuuid(). Nil: a random UUID, version 4.
	NewUUID func() string
	// Rand makes the value of rand(), from 0 to below 1. Nil: a pseudo-random number.
	Rand func() float64
}

// DynamoDBKey names an item for get_dynamodb. Values are JSON strings or numbers.
type DynamoDBKey struct {
	Table                        string
	PartitionName, PartitionJSON string
	SortName, SortJSON           string // empty for a table without a sort key
	RoleARN                      string
}
