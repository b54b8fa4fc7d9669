// Package throttle refuses calls above a configured rate, so that overload can be rehearsed. A refusal is the service's own throttling
// error, which SDKs retry with a back-off.
package throttle

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"connectedcar/cmd/localcloud/internal/front"
	"connectedcar/cmd/localcloud/internal/front/awsmodel"
	"connectedcar/cmd/localcloud/internal/front/wire"
)

// Limit is a rate for the calls of a service or of one of its operations.
type Limit struct {
	Service   string
	Operation string // empty: all operations of the service share the limit
	// PerShard applies the limit to each shard of a Kinesis stream: records a second, and 1 MiB a second for each thousand of them.
	PerShard  bool
	PerSecond float64
}

// shards is the name of a limit per Kinesis shard.
const shards = "kinesis-shard"

// aliases map the names that AWS quotas use to botocore's names of services.
var aliases = map[string]string{"iot-control": "iot", shards: "kinesis"}

// Parse reads limits such as iot-control=10/s,dynamodb.PutItem=100/s,kinesis-shard=1000/s. The burst is the number of calls allowed in one
// second.
func Parse(text string) ([]Limit, error) {
	if text == "" {
		return nil, nil
	}
	var limits []Limit
	for _, part := range strings.Split(text, ",") {
		limit, err := parse(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		limits = append(limits, limit)
	}
	return limits, nil
}

func parse(part string) (Limit, error) {
	name, amount, _ := strings.Cut(part, "=")
	count, perSecond := strings.CutSuffix(amount, "/s")
	n, err := strconv.ParseFloat(count, 64)
	if err != nil || !perSecond || n <= 0 {
		return Limit{}, fmt.Errorf("throttle %q: allowed is SERVICE=N/s or SERVICE.OPERATION=N/s, such as iot-control=10/s", part)
	}
	service, operation, _ := strings.Cut(name, ".")
	perShard := service == shards
	if alias, ok := aliases[service]; ok {
		service = alias
	}
	model := awsmodel.Get(service)
	if model == nil {
		return Limit{}, fmt.Errorf("throttle %q: unknown service %s; allowed are iot-control, %s and %s", part, service, shards, names())
	}
	if operation != "" && model.Operations[operation] == nil {
		return Limit{}, fmt.Errorf("throttle %q: service %s has no operation %s", part, service, operation)
	}
	return Limit{Service: service, Operation: operation, PerShard: perShard, PerSecond: n}, nil
}

func names() string {
	var all []string
	for _, m := range awsmodel.All() {
		all = append(all, m.Name)
	}
	return strings.Join(all, ", ")
}

// NewChecks returns front checks that refuse calls above the limits.
func NewChecks(limits []Limit, ask Ask, now func() time.Time) (checks []front.Check) {
	for _, l := range limits {
		if l.PerShard {
			s := &shardLimits{perSecond: l.PerSecond, ask: ask, now: now, open: map[string]uint64{}, shards: map[string]*shardLimit{}}
			checks = append(checks, s.check)
			continue
		}
		checks = append(checks, l.check(now))
	}
	return checks
}

func (l Limit) check(now func() time.Time) front.Check {
	limiter := rate.NewLimiter(rate.Limit(l.PerSecond), max(1, int(l.PerSecond)))
	return func(_ context.Context, c *front.Call) *front.Refusal {
		ours := l.Service == c.Service && (l.Operation == "" || l.Operation == c.Operation)
		if !ours || limiter.AllowN(now(), 1) {
			return nil
		}
		return refusal(c)
	}
}

// refusal is the throttling error that the documentation names for the operation.
func refusal(c *front.Call) *front.Refusal {
	code := "ThrottlingException" // one of the errors that are common to all actions
	status := http.StatusBadRequest
	known := []string{"ThrottlingException", "TooManyRequestsException", "ProvisionedThroughputExceededException", "RequestThrottled", "Throttled"}
	if c.Op != nil {
		for _, ref := range c.Op.Errors {
			name, at := named(c.Model, ref)
			if slices.Contains(known, name) {
				code, status = name, at
				break
			}
		}
	}
	switch {
	case c.Service == "s3":
		code, status = "SlowDown", http.StatusServiceUnavailable
	case c.Model != nil && c.Model.Metadata.Protocol == "query" && code == "ThrottlingException":
		code = "Throttling"
	}
	return &front.Refusal{Rule: "throttle", Fault: wire.Fault{Status: status, Code: code, Message: "Rate exceeded"}}
}

func named(m *awsmodel.Model, ref *awsmodel.Ref) (code string, status int) {
	code, status = ref.Shape, http.StatusBadRequest
	if fault := m.Shape(ref).Error; fault != nil {
		if fault.Code != "" {
			code = fault.Code
		}
		if fault.HTTPStatusCode != 0 {
			status = fault.HTTPStatusCode
		}
	}
	return code, status
}
