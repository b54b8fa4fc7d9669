package actions

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"

	"connectedcar/internal/twin/iot/sql"
)

// Republished is a message that a rule publishes.
type Republished struct {
	Topic      string
	QoS        byte
	Payload    []byte
	Expiry     uint32 // seconds; 0: none
	Properties sql.Properties
}

// maxExpiry is the largest message expiry of the republish action, in seconds.
const maxExpiry = 604_800

type header struct {
	name string
	text *sql.Template
}

// newRepublish publishes to the gateway's own broker. The message comes from the rule, not from a device: it has no client id.
func (b *Builder) newRepublish(f *fields, a types.RepublishAction) Action {
	topic := f.template("topic", a.Topic)
	headers, user := headersOf(f, a.Headers)
	return &single{"RepublishAction", aws.ToString(a.Topic), b.retry, func(ctx context.Context, in Invocation) error {
		m := Republished{QoS: byte(aws.ToInt32(a.Qos)), Payload: in.Output}
		var err error
		if m.Topic, err = in.render(ctx, "topic", topic); err != nil {
			return err
		}
		for _, h := range headers {
			text, err := in.render(ctx, h.name, h.text)
			if err != nil {
				return err
			}
			if err := m.set(h.name, text); err != nil {
				return Permanent(err)
			}
		}
		for _, p := range user {
			key, err := in.render(ctx, "user property", p[0])
			if err != nil {
				return err
			}
			value, err := in.render(ctx, "user property", p[1])
			if err != nil {
				return err
			}
			m.Properties.User = append(m.Properties.User, sql.UserProperty{Key: key, Value: value})
		}
		return b.republish(ctx, m)
	}}
}

// Names of the republish action's headers.
const (
	formatHeader      = "payloadFormatIndicator"
	contentHeader     = "contentType"
	responseHeader    = "responseTopic"
	correlationHeader = "correlationData"
	expiryHeader      = "messageExpiry"
)

func headersOf(f *fields, h *types.MqttHeaders) (headers []header, user [][2]*sql.Template) {
	if h == nil {
		return nil, nil
	}
	for name, text := range map[string]*string{
		formatHeader: h.PayloadFormatIndicator, contentHeader: h.ContentType, responseHeader: h.ResponseTopic,
		correlationHeader: h.CorrelationData, expiryHeader: h.MessageExpiry,
	} {
		if text != nil {
			headers = append(headers, header{name, f.template(name, text)})
		}
	}
	for _, p := range h.UserProperties {
		user = append(user, [2]*sql.Template{f.template("user property", p.Key), f.template("user property", p.Value)})
	}
	return headers, user
}

// set sets a header of the message. An empty text, the result of an Undefined template, sets none.
func (m *Republished) set(name, text string) error {
	if text == "" {
		return nil
	}
	switch name {
	case formatHeader:
		if text != "UTF8_DATA" && text != "UNSPECIFIED_BYTES" {
			return fmt.Errorf("%s %q: allowed are UTF8_DATA and UNSPECIFIED_BYTES", name, text)
		}
		m.Properties.UTF8 = text == "UTF8_DATA"
	case contentHeader:
		m.Properties.ContentType = text
	case responseHeader:
		m.Properties.ResponseTopic = text
	case correlationHeader:
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return fmt.Errorf("%s is not base64: %w", name, err)
		}
		m.Properties.CorrelationData = data
	case expiryHeader:
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil || n < 1 || n > maxExpiry {
			return fmt.Errorf("%s %q: allowed are 1 to %d seconds", name, text, maxExpiry)
		}
		m.Expiry = uint32(n)
	}
	return nil
}
