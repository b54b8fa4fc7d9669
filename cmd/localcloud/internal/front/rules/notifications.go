package rules

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
)

var sns = []Rule{
	{"a notification has at most its topic's size, 256 KiB unless it says more", "sns", []string{"Publish"}, snsAPI + "API_Publish.html", "InvalidParameter", 0,
		func(ctx context.Context, c call) (string, error) {
			return notificationSize(ctx, c, c.bytes("Message")+c.bytes("Subject")+attributesBytes(c.in("MessageAttributes")))
		}},
	{"the notifications of a batch have at most their topic's size together", "sns", []string{"PublishBatch"}, snsAPI + "API_PublishBatch.html", "BatchRequestTooLong", 0,
		func(ctx context.Context, c call) (string, error) {
			n := 0
			for _, e := range c.elements("PublishBatchRequestEntries") {
				n += e.bytes("Message") + e.bytes("Subject") + attributesBytes(e.in("MessageAttributes"))
			}
			return notificationSize(ctx, c, n)
		}},
	{"a batch of notifications has at most 10 entries", "sns", []string{"PublishBatch"}, snsAPI + "API_PublishBatch.html", "TooManyEntriesInBatchRequest", 0,
		stateless(func(m members) string {
			return unless(len(m.list("PublishBatchRequestEntries")) <= maxBatchEntries, "The batch request contains more entries than permissible")
		})},
	{"a batch of notifications is not empty", "sns", []string{"PublishBatch"}, snsAPI + "API_PublishBatch.html", "EmptyBatchRequest", 0,
		stateless(func(m members) string {
			return unless(len(m.list("PublishBatchRequestEntries")) > 0, "The batch request doesn't contain any entries.")
		})},
	{"the entries of a batch of notifications have ids of their own", "sns", []string{"PublishBatch"}, snsAPI + "API_PublishBatch.html", "BatchEntryIdsNotDistinct", 0,
		stateless(func(m members) string {
			_, twice := repeated(ids(m.elements("PublishBatchRequestEntries")))
			return unless(!twice, "Two or more batch entries in the request have the same Id")
		})},
	{"a notification's attribute has a type and a value", "sns", []string{"Publish"}, snsGuide + "sns-message-attributes.html", "ParameterValueInvalid", 0,
		stateless(func(m members) string {
			for name := range m.in("MessageAttributes") {
				a := m.in("MessageAttributes").in(name)
				if a.text("DataType") == "" || a.bytes("StringValue")+a.bytes("BinaryValue") == 0 {
					return "The message attribute '" + name + "' must contain non-empty message attribute value."
				}
			}
			return ""
		})},
	{"a subject has at most 100 characters of ASCII and no line breaks", "sns", []string{"Publish"}, snsAPI + "API_Publish.html", "InvalidParameter", 0,
		stateless(func(m members) string { return badSubject(m.text("Subject")) })},
	{"a text message has at most 1600 characters", "sns", []string{"Publish"}, snsAPI + "API_Publish.html", "InvalidParameter", 0,
		stateless(func(m members) string {
			return unless(!m.has("PhoneNumber") || len([]rune(m.text("Message"))) <= maxSMS, "Invalid parameter: Message Reason: SMS message has more than 1600 characters")
		})},
	{"a phone number is in the form of E.164", "sns", []string{"Publish"}, snsGuide + "sns-mobile-phone-number-as-subscriber.html", "InvalidParameter", 0,
		stateless(func(m members) string {
			return unless(!m.has("PhoneNumber") || e164.MatchString(m.text("PhoneNumber")), "Invalid parameter: PhoneNumber Reason: %s is not valid to publish to", m.text("PhoneNumber"))
		})},
	{"a filter policy is a JSON object", "sns", []string{"Subscribe", "SetSubscriptionAttributes"}, snsGuide + "sns-subscription-filter-policies.html", "InvalidParameter", 0,
		filterPolicy(func(_ members, err error) string {
			return unless(err == nil, "Invalid parameter: FilterPolicy: failed to parse JSON. %v", err)
		})},
	{"a filter policy has at most 5 names", "sns", []string{"Subscribe", "SetSubscriptionAttributes"},
		snsGuide + "subscription-filter-policy-constraints.html", "InvalidParameter", 0, filterPolicy(func(p members, _ error) string {
			return unless(len(p) <= maxFilterKeys, "Invalid parameter: FilterPolicy: Filter policy can not have more than 5 keys")
		})},
	{"a filter policy has at most 150 combinations of values", "sns", []string{"Subscribe", "SetSubscriptionAttributes"},
		snsGuide + "subscription-filter-policy-constraints.html", "InvalidParameter", 0, filterPolicy(func(p members, _ error) string {
			n := 1
			for name := range p {
				n *= max(1, len(p.list(name)))
			}
			return unless(n <= maxFilterValues, "Invalid parameter: FilterPolicy: Filter policy is too complex")
		})},
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

func notificationSize(ctx context.Context, c call, n int) (string, error) {
	if n <= maxNotification {
		return "", nil
	}
	out, err := c.get(ctx, "sns", "GetTopicAttributes", map[string]any{"TopicArn": c.text("TopicArn") + c.text("TargetArn")})
	limit := max(int(out.in("Attributes").number("MaximumMessageSize")), maxNotification)
	return unless(n <= limit, "Invalid parameter: Message too long"), err
}

func badSubject(subject string) string {
	printable := !strings.ContainsFunc(subject, func(r rune) bool { return r < ' ' || r > '~' })
	return unless(len(subject) <= maxSubject && printable, "Invalid parameter: Subject")
}

// filterPolicy applies the check to the filter policy of a call that sets one.
func filterPolicy(check func(members, error) string) func(context.Context, call) (string, error) {
	return stateless(func(m members) string {
		text := m.in("Attributes").text("FilterPolicy")
		if m.text("AttributeName") == "FilterPolicy" {
			text = m.text("AttributeValue")
		}
		if text == "" {
			return ""
		}
		var policy map[string]any
		return check(policyOf(&policy, text))
	})
}

func policyOf(policy *map[string]any, text string) (members, error) {
	err := json.Unmarshal([]byte(text), policy)
	return *policy, err
}
