package sql

import (
	"context"
	"time"
)

// Message is a published message in the form for rules.
type Message struct {
	// Topic is the topic of the publication, without the Basic Ingest prefix ($aws/rules/<rule>/).
	Topic string
	// Payload is the published payload. It must not change while a statement or template is evaluated.
	Payload []byte
	// ClientID is the publisher's client id. Empty if the message did not come by MQTT: clientid() is then "n/a".
	ClientID string
	// Principal is the publisher's principal. For a device it is the certificate's id (SHA-256 of the DER form, in hexadecimal). Empty:
	// principal() is Undefined.
	Principal string
	// SourceIP is the publisher's address. Empty: sourceip() is Undefined.
	SourceIP string
	// TraceID is the message's UUID. Empty if the message did not come by MQTT: traceid() is Undefined.
	TraceID string
	// AccountID is the account that owns the rule, 12 digits.
	AccountID string
	// Properties are those of an MQTT 5 PUBLISH packet. Nil: get_mqtt_property and get_user_properties are Undefined.
	Properties *Properties
	// At is the time at which the rules engine received the message: timestamp() is its milliseconds since 1970.
	At time.Time
}

// Properties are the MQTT 5 properties that rules may read.
type Properties struct {
	UTF8            bool   // payload format indicator: the payload is UTF-8 text
	ContentType     string // empty: absent
	ResponseTopic   string // empty: absent
	CorrelationData []byte // nil: absent
	User            []UserProperty
}

// UserProperty is one user property of an MQTT 5 packet. Keys may repeat.
type UserProperty struct{ Key, Value string }

// Services are the calls of SQL functions to other services. If the field for a function is nil, a rule that uses the function fails with
// an error that names it. JSON is passed and returned as text.
type Services struct {
	// Lambda calls the function and returns its result (aws_lambda). AWS limits the call to 2 seconds.
	// https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-func-aws-lambda
	Lambda func(ctx context.Context, functionARN string, input []byte) ([]byte, error)
	// ThingShadow returns the shadow's document (get_thing_shadow). shadow is empty for the classic shadow. If the result is nil without an
	// error, the shadow does not exist and the function is Undefined.
	ThingShadow func(ctx context.Context, thing, shadow, roleARN string) ([]byte, error)
	// DynamoDB returns the item with that key as a JSON object (get_dynamodb). If the result is nil without an error, there is no such item
	// and the function is Undefined.
	DynamoDB func(ctx context.Context, key DynamoDBKey) ([]byte, error)
	// Registry returns the response of DescribeThing or ListThingGroupsForThing for the thing (get_registry_data). If the result is nil,
	// the function is Undefined.
	Registry func(ctx context.Context, api, thing, roleARN string) ([]byte, error)
	// Secret returns the current version of the secret (get_secret): SecretString unchanged, or SecretBinary in base64.
	Secret func(ctx context.Context, id, secretType, roleARN string) (string, error)
	// NewUUID returns the value of newuuid(). If it is nil, newuuid() is a random UUID, version 4.
	NewUUID func() string
	// Rand returns the value of rand(), at least 0 and below 1. If it is nil, rand() is a pseudo-random number.
	Rand func() float64
}

// DynamoDBKey identifies an item for get_dynamodb. Values are JSON strings or numbers.
type DynamoDBKey struct {
	Table                        string
	PartitionName, PartitionJSON string
	SortName, SortJSON           string // empty for a table without a sort key
	RoleARN                      string
}
