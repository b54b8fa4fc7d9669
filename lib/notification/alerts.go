// Package notification makes the delivery of alerts about cars: topics for companies with many cars, an event bus for integrations, and the
// function that also notifies owners and the cars themselves.
package notification

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/function"
)

// Props configures Alerts. All fields are required except EmailSender, TrustedEmail and TextSpendUSD.
type Props struct {
	Runtime     function.Runtime
	Application names.Application
	Tables      Tables
	// Pool holds the users' e-mail addresses.
	Pool awscognito.IUserPool
	// TrustedEmail are the identity providers whose users' addresses count as verified. Default: only verified addresses are used.
	TrustedEmail []string
	// EmailSender is the sender address of e-mails; its domain must be verified in Amazon SES. Default: no e-mail.
	EmailSender string
	// TextSpendUSD is the account's monthly SMS spend limit in US dollars. An alarm is raised near it. Default: no alarm.
	TextSpendUSD int
}

// Tables are the tables that the function uses.
type Tables struct {
	Alerts      awsdynamodb.ITableV2 // needs an enabled stream
	Vehicles    awsdynamodb.ITableV2
	Grants      awsdynamodb.ITableV2
	Preferences awsdynamodb.ITableV2
	OneTime     awsdynamodb.ITableV2
}

// Alerts delivers alerts. The worker's queue holds the deliveries to make, its dead-letter queue the failed ones.
type Alerts struct {
	*function.Worker
	Manufacturer, Dealer, Operator awssns.Topic
	Bus                            awsevents.EventBus
	key                            awskms.IKey
}

const (
	timeout   = 30 * time.Second
	batch     = 10
	together  = 5  // concurrent invocations: e-mail and SMS have quotas per second
	attempts  = 8  // deliveries of a message, 3 minutes apart, while its channel is out of order
	following = 25 // changes in one invocation; each makes a few messages
	// patience is the age of a due delivery that raises the alarm. Deliveries that quiet hours postpone return to the queue as new messages
	// and do not count.
	patience = 30 * time.Minute
)

// changed matches new and changed alerts, which may need a notification. Only alerts have the attribute firstAt: the alert threads in the
// same table, which change far more often, do not match. Deletions do not match either.
var changed = []map[string]any{{
	"eventName": []any{"INSERT", "MODIFY"},
	"dynamodb":  map[string]any{"NewImage": map[string]any{"firstAt": map[string]any{"S": []any{map[string]any{"exists": true}}}}},
}}

// New makes the topics, the event bus, the queue and the function.
func New(scope constructs.Construct, id string, props Props) *Alerts {
	a := &Alerts{}
	parent := constructs.NewConstruct(scope, jsii.String(id+"Topics"))
	a.makeTopics(parent, props.Runtime.Alarm)
	a.Bus = awsevents.NewEventBus(parent, jsii.String("Bus"), &awsevents.EventBusProps{
		Description: jsii.String("Alerts of cars, for integrations"),
	})
	a.Worker = function.NewWorker(scope, id, function.WorkerProps{
		Function: function.Props{
			Runtime:     props.Runtime,
			Name:        "notification",
			Description: "Tells people, cars and integrations of alerts",
			Timeout:     timeout,
			Environment: a.environment(props),
		},
		Queue: function.WorkerQueue{
			Batch: batch, Concurrency: together, Attempts: attempts, Patience: patience,
			Slow: "People are told of alerts late. The function notification fails (see its log), or the quotas of e-mail or SMS are used up.",
		},
		Failed: "People, cars or integrations were not told of alerts. Each message says whom and why; once that is put right, " +
			"`carctl redrive` sends them again.",
		OwnQueue: names.EnvDeliveryQueueURL, OwnFailures: names.EnvFailureQueueURL,
	})
	a.grant(props)
	a.watchSpend(props)
	a.watchFloods(props)
	function.FollowTable(a.Construct, "Changes", function.TableStreamProps{
		Function: a.Function, Table: props.Tables.Alerts, Batch: following, Filters: changed, Failures: a.Failures, Alarm: props.Runtime.Alarm,
		Late: "Alerts are minutes old before anybody is told. The function notification fails; see its log.",
	})
	return a
}

func (a *Alerts) environment(props Props) map[string]*string {
	return map[string]*string{
		names.EnvAlertsTable:      props.Tables.Alerts.TableName(),
		names.EnvVehiclesTable:    props.Tables.Vehicles.TableName(),
		names.EnvGrantsTable:      props.Tables.Grants.TableName(),
		names.EnvPreferencesTable: props.Tables.Preferences.TableName(),
		names.EnvOneTimeTable:     props.Tables.OneTime.TableName(),
		names.EnvApplication:      jsii.String(string(props.Application)),
		names.EnvEventBus:         a.Bus.EventBusName(),
		names.EnvUserPoolID:       props.Pool.UserPoolId(),
		names.EnvEmailSender:      jsii.String(props.EmailSender),
		names.EnvTrustedEmail:     jsii.String(strings.Join(props.TrustedEmail, ",")),
		names.EnvAlertTopics:      jsii.String(a.audiences()),
	}
}

// audiences encodes names.EnvAlertTopics as JSON.
func (a *Alerts) audiences() string {
	topics := map[string]string{
		names.RoleManufacturer: *a.Manufacturer.TopicArn(), names.RoleDealer: *a.Dealer.TopicArn(), names.RoleOperator: *a.Operator.TopicArn(),
	}
	b, err := json.Marshal(topics)
	if err != nil {
		panic("alerts: audiences: " + err.Error()) // strings always encode
	}
	return string(b)
}
