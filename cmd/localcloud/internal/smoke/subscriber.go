package smoke

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/names"
	"connectedcar/internal/tool/testcar"
)

// subscriber is a test subscriber of an alert topic, with its own queue.
type subscriber struct {
	w            *world
	sns          *sns.Client
	queue        string // URL
	subscription string // ARN
	got          []notice
}

// notice is a message of the topic as it arrives in the queue.
type notice struct {
	Message           string
	MessageAttributes map[string]struct{ Type, Value string }
}

// subscribes creates a queue and subscribes it to the topic with the filter policy.
func (w *world) subscribes(ctx context.Context, output string, filter map[string][]string) (*subscriber, error) {
	topic, err := w.Platform.Output(output)
	if err != nil {
		return nil, err
	}
	s := &subscriber{w: w, sns: sns.NewFromConfig(w.AWS)}
	made, err := w.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("smoke-" + newID(time.Now()))})
	if err != nil {
		return nil, fmt.Errorf("make a queue: %w", err)
	}
	s.queue = *made.QueueUrl
	if err := s.listen(ctx, topic, filter); err != nil {
		s.leave(ctx)
		return nil, err
	}
	return s, nil
}

// listen allows the topic to send to the queue, and subscribes the queue.
func (s *subscriber) listen(ctx context.Context, topic string, filter map[string][]string) error {
	const name = sqstypes.QueueAttributeNameQueueArn
	known, err := s.w.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &s.queue, AttributeNames: []sqstypes.QueueAttributeName{name}})
	if err != nil {
		return fmt.Errorf("look up the queue: %w", err)
	}
	queue := known.Attributes[string(name)]
	policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Principal": map[string]string{"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue,
		"Condition": map[string]any{"ArnEquals": map[string]string{"aws:SourceArn": topic}},
	}}})
	if err != nil {
		return fmt.Errorf("write the queue's policy: %w", err)
	}
	_, err = s.w.sqs.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: &s.queue, Attributes: map[string]string{"Policy": string(policy)}})
	if err != nil {
		return fmt.Errorf("let the topic send to the queue: %w", err)
	}
	wanted, err := json.Marshal(filter)
	if err != nil {
		return fmt.Errorf("write the filter: %w", err)
	}
	out, err := s.sns.Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &queue, ReturnSubscriptionArn: true,
		Attributes: map[string]string{"FilterPolicy": string(wanted)},
	})
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	s.subscription = *out.SubscriptionArn
	return nil
}

// leave deletes the subscription and the queue.
func (s *subscriber) leave(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	if s.subscription != "" {
		_, _ = s.sns.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: &s.subscription})
	}
	_, _ = s.w.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &s.queue})
}

// about returns the messages about a car that have arrived so far.
func (s *subscriber) about(ctx context.Context, vin string) ([]notice, error) {
	for {
		out, err := s.w.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &s.queue, MaxNumberOfMessages: 10, VisibilityTimeout: 300})
		if err != nil {
			return nil, fmt.Errorf("receive: %w", err)
		}
		if len(out.Messages) == 0 {
			return s.got, nil
		}
		for _, m := range out.Messages {
			var n notice
			var body struct{ VIN string }
			if err := json.Unmarshal([]byte(*m.Body), &n); err != nil {
				return nil, fmt.Errorf("read the message %s: %w", *m.Body, err)
			}
			if err := json.Unmarshal([]byte(n.Message), &body); err != nil {
				return nil, fmt.Errorf("read the notification %s: %w", n.Message, err)
			}
			if body.VIN == vin {
				s.got = append(s.got, n)
			}
		}
	}
}

// tellsSubscribersOnce overheats an engine twice, which is one alert, while one subscriber's filter matches the alert and another's does
// not.
func tellsSubscribersOnce(ctx context.Context, w *world) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, alarmLimit)
	defer cancel()
	listening, err := w.subscribes(ctx, names.OutputManufacturerTopic, map[string][]string{
		names.AlertAttributeManufacturer: {w.Manufacturer}, names.AlertAttributeDealer: {"north"},
		names.AlertAttributeSeverity: {string(alert.Critical), string(alert.High)},
	})
	if err != nil {
		return "", err
	}
	defer listening.leave(ctx)
	elsewhere, err := w.subscribes(ctx, names.OutputManufacturerTopic, map[string][]string{names.AlertAttributeDealer: {"south"}})
	if err != nil {
		return "", err
	}
	defer elsewhere.leave(ctx)
	p, err := w.patient(ctx)
	if err != nil {
		return "", err
	}
	defer p.Leave()
	if _, err := p.overheatsTwice(ctx); err != nil {
		return "", err
	}
	// The alert about the oil is published last: once it has arrived, all earlier messages have arrived too.
	if _, err := p.comesTo(ctx, warmCoolant, hotOil, alert.OilOvertemp, alert.Open, 1); err != nil {
		return "", err
	}
	if err := listening.hearsInTurn(ctx, p); err != nil {
		return "", err
	}
	other, err := elsewhere.about(ctx, string(p.VIN))
	if err != nil {
		return "", err
	}
	if len(other) > 0 {
		return "", fmt.Errorf("who filters for another dealer got %d messages: %v", len(other), other)
	}
	return "raised and resolved, once each, with severity, kind, manufacturer and dealer; none for who filters for another dealer", nil
}

// hearsInTurn waits for the message about the oil and checks all messages that arrived.
func (s *subscriber) hearsInTurn(ctx context.Context, p *patient) error {
	return testcar.Eventually(ctx, "wait for the subscriber's messages", func(ctx context.Context) error {
		got, err := s.about(ctx, string(p.VIN))
		if err != nil {
			return err
		}
		times := map[string]int{}
		for _, n := range got {
			told := func(name string) string { return n.MessageAttributes[name].Value }
			times[told(names.AlertAttributeEvent)+" "+told(names.AlertAttributeKind)+" "+told(names.AlertAttributeSeverity)+" "+
				told(names.AlertAttributeManufacturer)+" "+told(names.AlertAttributeDealer)]++
		}
		tail := " " + s.w.Manufacturer + " north"
		want := map[string]int{
			"raised engine_overheat CRITICAL" + tail: 1, "resolved engine_overheat CRITICAL" + tail: 1, "raised oil_overtemp HIGH" + tail: 1,
		}
		if !maps.Equal(times, want) {
			return fmt.Errorf("it got %v, want %v", times, want)
		}
		return nil
	})
}
