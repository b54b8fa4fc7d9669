package rules

import (
	"context"
	"regexp"
	"strconv"
)

const (
	sqsAPI   = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/"
	sqsGuide = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"
	snsAPI   = "https://docs.aws.amazon.com/sns/latest/api/"
	snsGuide = "https://docs.aws.amazon.com/sns/latest/dg/"
)

const (
	maxMessage           = 1 << 20 // bytes, of SQS
	maxMessageAttributes = 10
	maxBatchEntries      = 10
	maxNotification      = 256 << 10 // bytes, of SNS: a topic without the setting
	maxSubject           = 100
	maxSMS               = 1600
	maxFilterKeys        = 5
	maxFilterValues      = 150 // combinations of values
)

var sqsBatches = []string{"SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"}

var sqs = []Rule{
	{"a message has at most 1 MiB with its attributes", "sqs", []string{"SendMessage"}, sqsAPI + "API_SendMessage.html", "InvalidParameterValue", 0,
		stateless(func(m members) string {
			n := m.bytes("MessageBody") + attributesBytes(m.in("MessageAttributes"))
			return unless(n <= maxMessage, "One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", maxMessage)
		})},
	{"the messages of a batch have at most 1 MiB together", "sqs", []string{"SendMessageBatch"}, sqsAPI + "API_SendMessageBatch.html", "BatchRequestTooLong", 0,
		stateless(func(m members) string {
			n := 0
			for _, e := range m.elements("Entries") {
				n += e.bytes("MessageBody") + attributesBytes(e.in("MessageAttributes"))
			}
			return unless(n <= maxMessage, "Batch requests cannot be longer than %d bytes. You have sent %d bytes.", maxMessage, n)
		})},
	{"a batch of messages has at most 10 entries", "sqs", sqsBatches, sqsAPI + "API_SendMessageBatch.html", "TooManyEntriesInBatchRequest", 0,
		stateless(func(m members) string {
			n := len(m.list("Entries"))
			return unless(n <= maxBatchEntries, "Maximum number of entries per request are 10. You have sent %d.", n)
		})},
	{"a batch of messages is not empty", "sqs", sqsBatches, sqsAPI + "API_SendMessageBatch.html", "EmptyBatchRequest", 0,
		stateless(func(m members) string {
			return unless(len(m.list("Entries")) > 0, "There should be at least one entry in the request.")
		})},
	{"the entries of a batch have ids of their own", "sqs", sqsBatches, sqsAPI + "API_SendMessageBatch.html", "BatchEntryIdsNotDistinct", 0,
		stateless(func(m members) string {
			id, twice := repeated(ids(m.elements("Entries")))
			return unless(!twice, "Id %s repeated.", id)
		})},
	{"an entry's id has up to 80 letters, digits, hyphens and underscores", "sqs", sqsBatches, sqsAPI + "API_SendMessageBatch.html", "InvalidBatchEntryId", 0,
		stateless(func(m members) string { return badEntryID(m.elements("Entries")) })},
	{"a message has at most 10 attributes", "sqs", []string{"SendMessage"}, sqsGuide + "sqs-message-metadata.html", "InvalidParameterValue", 0,
		stateless(func(m members) string {
			n := len(m.in("MessageAttributes"))
			return unless(n <= maxMessageAttributes, "Number of message attributes [%d] exceeds the allowed maximum [10].", n)
		})},
	{"a message has characters of XML alone", "sqs", []string{"SendMessage"}, sqsAPI + "API_SendMessage.html", "InvalidMessageContents", 0,
		stateless(func(m members) string { return badCharacter(m.text("MessageBody")) })},
	{"1 to 10 messages are received at once", "sqs", []string{"ReceiveMessage"}, sqsAPI + "API_ReceiveMessage.html", "InvalidParameterValue", 0,
		between("MaxNumberOfMessages", 1, 10)},
	{"messages are waited for up to 20 seconds", "sqs", []string{"ReceiveMessage"}, sqsAPI + "API_ReceiveMessage.html", "InvalidParameterValue", 0,
		between("WaitTimeSeconds", 0, 20)},
	{"a message is invisible for up to 12 hours", "sqs", []string{"ReceiveMessage", "ChangeMessageVisibility"},
		sqsAPI + "API_ChangeMessageVisibility.html", "InvalidParameterValue", 0, between("VisibilityTimeout", 0, 43200)},
	{"a message is delayed for up to 15 minutes", "sqs", []string{"SendMessage"}, sqsAPI + "API_SendMessage.html", "InvalidParameterValue", 0, between("DelaySeconds", 0, 900)},
	{"a queue's attributes are within their ranges", "sqs", []string{"CreateQueue", "SetQueueAttributes"}, sqsAPI + "API_SetQueueAttributes.html", "InvalidAttributeValue", 0,
		stateless(queueAttributes)},
	{"a queue's name has up to 80 letters, digits, hyphens and underscores", "sqs", []string{"CreateQueue"}, sqsAPI + "API_CreateQueue.html", "InvalidParameterValue", 0,
		stateless(func(m members) string {
			return unless(queueName.MatchString(m.text("QueueName")), "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
		})},
}

var (
	queueName  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$|^[A-Za-z0-9_-]{1,75}\.fifo$`)
	entryID    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)
	queueRange = map[string][2]int{
		"DelaySeconds": {0, 900}, "MaximumMessageSize": {1024, maxMessage}, "MessageRetentionPeriod": {60, 1209600},
		"ReceiveMessageWaitTimeSeconds": {0, 20}, "VisibilityTimeout": {0, 43200},
	}
)

func queueAttributes(m members) string {
	attributes := m.in("Attributes")
	for name, bounds := range queueRange {
		if !attributes.has(name) {
			continue
		}
		n, err := strconv.Atoi(attributes.text(name))
		if err != nil || n < bounds[0] || n > bounds[1] {
			return "Invalid value for the parameter " + name + "."
		}
	}
	return ""
}

// between bounds an optional number.
func between(name string, low, high float64) func(context.Context, call) (string, error) {
	return stateless(func(m members) string {
		n := m.number(name)
		return unless(!m.has(name) || n >= low && n <= high, "Value %v for parameter %s is invalid. Reason: Must be >= %v and <= %v, if provided.", n, name, low, high)
	})
}

func ids(entries []members) (all []string) {
	for _, e := range entries {
		all = append(all, e.text("Id"))
	}
	return all
}

func badEntryID(entries []members) string {
	for _, id := range ids(entries) {
		if !entryID.MatchString(id) {
			return "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long."
		}
	}
	return ""
}

// badCharacter finds a character that XML 1.0 does not allow. https://www.w3.org/TR/REC-xml/#charsets
func badCharacter(text string) string {
	for _, r := range text {
		switch {
		case r == '\t', r == '\n', r == '\r', r >= 0x20 && r <= 0xD7FF, r >= 0xE000 && r <= 0xFFFD, r >= 0x10000:
		default:
			return "Invalid binary character '#x" + strconv.FormatInt(int64(r), 16) + "' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
		}
	}
	return ""
}

func attributesBytes(attributes members) (n int) {
	for name := range attributes {
		a := attributes.in(name)
		n += len(name) + a.bytes("DataType") + a.bytes("StringValue") + a.bytes("BinaryValue")
	}
	return n
}
