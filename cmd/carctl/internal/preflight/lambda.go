package preflight

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// unreserved is the concurrency that AWS Lambda always keeps for functions without a reservation.
// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
const unreserved = 100

// onDemandShards is the number of shards of a new on-demand stream.
// https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html
const onDemandShards = 4

// concurrency compares the account's limit, which is 10 in a new account, with the functions' reservations and with the concurrency of
// their event sources.
func concurrency(ctx context.Context, w *world) (Line, error) {
	limit, err := w.Concurrency(ctx)
	if err != nil {
		return Line{}, err
	}
	functions, reserved, fed := w.needs.executions()
	needed := max(functions, fed)
	if reserved > 0 {
		needed = max(needed, reserved+unreserved)
	}
	have, remedy := float64(limit), lambdaConcurrency.increase(max(needed, 1000))
	switch {
	case reserved > 0 && have < reserved+unreserved:
		return fail(remedy, "%.0f, but %.0f are reserved and AWS Lambda keeps %d unreserved: the deployment is refused", have, reserved, unreserved), nil
	case have < functions:
		return fail(remedy, "%.0f, fewer than the %.0f functions: they throttle each other", have, functions), nil
	case have < fed:
		return warn(remedy, "%.0f, but queues and streams may start %.0f at once: the rest waits", have, fed), nil
	}
	return ok("%.0f; %.0f functions, %.0f reserved, at most %.0f at once from queues and streams", have, functions, reserved, fed), nil
}

// executions returns the number of functions, the sum of their reservations, and the number of concurrent executions that queues and
// streams may start.
func (n Needs) executions() (functions, reserved, fed float64) {
	for _, f := range n.of("AWS::Lambda::Function") {
		functions++
		own, _ := f.number("ReservedConcurrentExecutions")
		reserved += own
	}
	for _, m := range n.of("AWS::Lambda::EventSourceMapping") {
		most, isQueue := m.number("ScalingConfig", "MaximumConcurrency")
		if !isQueue {
			parallel, given := m.number("ParallelizationFactor")
			if !given {
				parallel = 1
			}
			most = parallel * onDemandShards
		}
		fed += most
	}
	return functions, reserved, fed
}

// registrations compares the quotas of AWS IoT's control plane with the number of cars that may register at once. A registration takes
// about a second and makes each of these calls once.
func registrations(ctx context.Context, w *world) (Line, error) {
	atOnce, calls := w.needs.registering()
	if len(calls) == 0 {
		return ok("no function registers cars"), nil
	}
	var low []string
	lowest, remedy := 0.0, ""
	for _, action := range calls {
		q := iotCalls[action]
		have, err := w.quota(ctx, q)
		if err != nil {
			return Line{}, err
		}
		if lowest == 0 || have < lowest {
			lowest = have
		}
		if have < atOnce {
			low, remedy = append(low, action), q.increase(atOnce)
		}
	}
	if len(low) > 0 {
		return warn(remedy, "%.0f cars at once, but %s may be called %.0f times a second: a storm of new cars is throttled and tried again",
			atOnce, strings.Join(low, ", "), lowest), nil
	}
	return ok("%.0f cars at once; the lowest of %d quotas is %.0f calls a second", atOnce, len(calls), lowest), nil
}

// registering finds the function that attaches policies, by the permissions of its role. It returns the function's maximum concurrency and
// its calls to AWS IoT that have a quota.
func (n Needs) registering() (atOnce float64, calls []string) {
	for _, s := range n.Stacks {
		for id, f := range s.Resources {
			if f.Type != "AWS::Lambda::Function" || f.at("Role", "Fn::GetAtt") == nil {
				continue
			}
			role, _ := f.at("Role", "Fn::GetAtt").([]any)[0].(string)
			actions := s.actions(role, "iot")
			if !slices.Contains(actions, "iot:AttachPolicy") {
				continue
			}
			atOnce += s.concurrencyOf(id)
			calls = append(calls, actions...)
		}
	}
	known := slices.Sorted(maps.Keys(iotCalls))
	return atOnce, slices.DeleteFunc(known, func(a string) bool { return !slices.Contains(calls, a) })
}

// concurrencyOf returns the largest number of concurrent executions of the function that its queue starts.
func (s Stack) concurrencyOf(function string) float64 {
	for _, m := range s.Resources {
		if m.Type == "AWS::Lambda::EventSourceMapping" && m.text("FunctionName", "Ref") == function {
			most, _ := m.number("ScalingConfig", "MaximumConcurrency")
			return most
		}
	}
	return 0
}
