package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Workers limits the functions that consume queues of cars' messages, except registration.
type Workers struct {
	// Concurrency is the maximum number of concurrent runs of each function. It is limited because a car's messages of one kind change the
	// same rows: concurrent runs conflict and retry their writes.
	Concurrency int
	// Attempts is the number of deliveries, three minutes apart, after which a message goes to the dead-letter queue.
	Attempts int
	// Grace is the longest loss of connection during a trip that raises no alert, such as in a tunnel or a dead spot.
	Grace time.Duration
}

// Reserved returns the functions that may have reserved concurrency: sign-in, the API, crashes and registration. They need it because the
// function telemetry uses the account's remaining concurrency in a burst.
func Reserved() []string { return []string{"api", "claims", "events", "registration"} }

// certificateDays is the default of the longest validity of cars' certificates: five years.
const certificateDays = 5 * 366

// unreserved is the part of an account's concurrency that AWS Lambda does not let functions reserve.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
const unreserved = 100

func (r reader) workers() Workers {
	return Workers{
		// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
		Concurrency: r.number(keyWorkerConcurrency, 10, 2, 1000),
		// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
		Attempts: r.number(keyWorkerAttempts, 6, 1, 1000),
		Grace:    time.Duration(r.number(keyGrace, 10, 1, 24*60)) * time.Minute,
	}
}

// reserved reads the reserved concurrency by function.
func (r reader) reserved(registrations int, w Workers) map[string]int {
	quota := r.number(keyLambdaConcurrency, 1000, 10, 1_000_000)
	value, ok := r.raw[keyReserved]
	if !ok {
		return nil
	}
	var in map[string]int
	if !decode(value, &in) {
		r.fail(keyReserved, `must be an object of whole numbers, like {"api": 50, "claims": 10}`)
		return nil
	}
	sum := 0
	for _, name := range slices.Sorted(maps.Keys(in)) {
		at, least := r.origin(keyReserved)+"."+name, map[string]int{"registration": registrations, "events": w.Concurrency}[name]
		switch {
		case !slices.Contains(Reserved(), name):
			r.bad.add(at, in[name], "allowed are %s", strings.Join(Reserved(), ", "))
		case in[name] < 1:
			r.bad.add(at, in[name], "must be 1 or more")
		case in[name] < least:
			r.bad.add(at, in[name], "must be %d or more: the function's queue has so many runs at once (%s), and those beyond would be throttled",
				least, map[string]string{"registration": keyJITRConcurrency, "events": keyWorkerConcurrency}[name])
		}
		sum += max(in[name], 0)
	}
	if sum > max(quota-unreserved, 0) {
		r.fail(keyReserved, "%s: of the account's %d concurrent runs (%s) AWS Lambda keeps %d unreserved, and a new account has 10 in all until its quota is raised",
			fmt.Sprintf("the sum is %d and may be %d", sum, max(quota-unreserved, 0)), quota, keyLambdaConcurrency, unreserved)
	}
	return in
}

// Writes per second: the initial capacity of a new on-demand table, and AWS's default quota for one table.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html
const (
	coldWrites = 4_000
	mostWrites = 40_000
)

// warmWrites reads the warm throughput of the telemetry tables in writes per second; 0: that of new tables.
func (r reader) warmWrites() int {
	value, ok := r.raw[keyWarmWrites]
	if !ok {
		return 0
	}
	n, ok := wholeNumber(value)
	if !ok || n != 0 && (n < coldWrites || n > mostWrites) {
		r.fail(keyWarmWrites, "must be 0, or a whole number from %d, which a new table takes anyway, to %d, a table's quota", coldWrites, mostWrites)
	}
	return n
}
