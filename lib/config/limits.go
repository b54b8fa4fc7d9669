package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Workers limits the functions that work off queues of cars' messages, but registration's.
type Workers struct {
	// Concurrency is the number of concurrent runs of each function: a car's messages of one kind change the same rows, and runs at once
	// repeat each other's writes.
	Concurrency int
	// Attempts is the number of a message's deliveries, every three minutes, before it is a failure.
	Attempts int
	// Grace is the longest absence in the middle of a trip that raises no alert: tunnels and dead spots are shorter.
	Grace time.Duration
}

// Reserved are the functions for which runs may be reserved beside telemetry, which takes what a fleet's burst gives it: sign-in, the
// API, crashes and registration.
func Reserved() []string { return []string{"api", "claims", "events", "registration"} }

// certificateDays is the longest validity of cars' certificates where the settings have no other: five years.
const certificateDays = 5 * 366

// unreserved is the number of concurrent runs of an account that AWS Lambda lets nobody reserve.
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

// reserved reads the concurrent runs that are reserved, by function.
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

// The writes per second that a new table takes on demand, and those that one table may take by AWS's default quota.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html
const (
	coldWrites = 4_000
	mostWrites = 40_000
)

// warmWrites reads the writes per second that the tables of telemetry take from the start; 0: as many as new tables do.
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
