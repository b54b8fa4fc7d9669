// Package smoke checks a deployed platform from the outside, as its cars and users use it: with real certificates, a real MQTT client and
// the real stores. Every check is a claim about the platform; its result is that the claim holds, or the reason why it does not.
package smoke

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	objectstore "connectedcar/internal/aws/s3"
	"connectedcar/internal/device/pki"
	"connectedcar/internal/platform"
	"connectedcar/internal/tool/testcar"
	"connectedcar/internal/vin"
)

// Settings configure the checks.
type Settings struct {
	Platform     platform.Platform
	AWS          aws.Config        // of the platform's account and region
	Web          http.RoundTripper // carries the calls of the REST API
	Environment  []string          // for programs that checks run
	PlatformFile string            // description of the platform, for carctl
	Carctl       string            // path of the carctl program
	Manufacturer string            // the manufacturer that owns Platform.DeviceCA
	Replay       string            // OBD-II log to replay
	Schemathesis string            // path of schemathesis, which tests the API against its contract
	Contract     string            // path of the API contract
	NewAccount   string            // path of a file with the quotas of a new AWS account
	Hostility    Hostility         // zero: a size that runs well beside the other checks
	Out          io.Writer
	Only         *regexp.Regexp // runs only the checks whose claim matches; nil: all
}

// check is a claim about the platform, and the function that verifies it.
type check struct {
	claim string
	run   func(context.Context, *world) (detail string, err error)
}

var checks = []check{
	{"just-in-time registration of a new car: PENDING_ACTIVATION -> thing, groups, policy, ACTIVE", registersANewCar},
	{"a renewed certificate keeps the car's thing", renewalKeepsTheThing},
	{"refused: a certificate of an unknown CA", refusesAnUnknownCA},
	{"refused: a VIN that is not on the allow-list, recorded as registration_denied", refusesAVINNotAllowed},
	{"refused: a revoked certificate, its session ended", refusesARevokedCertificate},
	{"telemetry reaches VehicleState and Telemetry, newest wins, duplicates change nothing", storesTelemetry},
	{"a raw event is kept in S3 as sent, stamped with the car's identity", keepsRawEvents},
	{"a health report is stored in DynamoDB", storesHealthReports},
	{"a poison message is kept in the failure queue with its reason", keepsPoison},
	{"a message that no rule can read is kept in the rule's failure queue", keepsUnreadable},
	{"a replayed OBD-II log: as many stored samples as valid rows", replaysALog},
	{"a simulated fleet: every acknowledged message is stored", drivesAFleet},
	{"rows of the lake: each message of a drive exactly once, and the daily summary of what was driven", keepsRowsForAnalysis},
	{"people sign in with real tokens, and each role sees exactly its cars", seesItsOwn},
	{"a driver sets the climate through the API, the car on the road reports it back and obeys a command", setsTheClimate},
	{"a crowd of people at once", bearsACrowd},
	{"a trip has its score, a health report is readable, a fault opens, is acknowledged and cleared", showsWhatWas},
	{"an engine that overheats raises one alert, repeated not doubled, and ends it when it cools", raisesOneAlert},
	{"a subscriber of a topic gets one message of an alert and one of its end, by the attributes that it filters", tellsSubscribersOnce},
	{"quiet hours hold a driver's e-mail, but not a critical one", keepsQuiet},
	{"ten thousand shuffled and repeated messages leave what the clean sequence does", mindsNoShuffle},
	{"hostile cars send everything that they can, and nothing of the honest cars changes, is late or is told to others", withstandsHostileCars},
	{"a car is given up and claimed, and its next owner sees nothing of what was", givesUpACar},
	{"carctl preflight compares the account with the templates, and a new account's quotas fail", comparesAccount},
	{"carctl verify checks the platform with a car that it makes, and leaves nothing of it", verifiesWithACar},
	{"every operation holds the contract, whatever it is called with", holdsTheContract},
}

// checkLimit bounds one check. Messages whose writes conflict return to their queue for three minutes, some of them twice.
const checkLimit = 8 * time.Minute

// Run runs the checks and prints a line for each. It returns an error if any failed.
func Run(ctx context.Context, s Settings) error {
	w, err := newWorld(s)
	if err != nil {
		return err
	}
	passed, failed := 0, 0
	for _, c := range checks {
		if s.Only != nil && !s.Only.MatchString(c.claim) {
			continue
		}
		start := time.Now()
		detail, err := runOne(ctx, w, c)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		took := time.Since(start).Seconds()
		if err != nil {
			failed++
			fmt.Fprintf(s.Out, "FAIL  %s (%.1f s)\n      %v\n", c.claim, took, err)
			continue
		}
		passed++
		fmt.Fprintf(s.Out, "ok    %s (%.1f s)\n      %s\n", c.claim, took, detail)
	}
	fmt.Fprintf(s.Out, "\n%d passed, %d failed\n", passed, failed)
	switch {
	case failed > 0:
		return fmt.Errorf("%d of %d checks failed", failed, passed+failed)
	case passed == 0:
		return fmt.Errorf("no check has a sentence in which %q is found", s.Only)
	}
	return nil
}

func runOne(ctx context.Context, w *world, c check) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, checkLimit+6*w.Hostility.Span)
	defer cancel()
	return c.run(ctx, w)
}

// world is shared by the checks: the platform, clients of its stores, and the CA that signs certificates of its cars.
type world struct {
	Settings
	gateway    testcar.Gateway
	iot        *iot.Client
	dynamo     *dynamodb.Client
	s3         *s3.Client
	sqs        *sqs.Client
	registered *testcar.Car // the first check's car, which later checks use
	people     map[string]*person
	claimed    vin.VIN   // a car that ana owns; empty if she has none
	claimedAt  time.Time // when ana claimed the car
}

func newWorld(s Settings) (*world, error) {
	application, err := s.Platform.Application()
	if err != nil {
		return nil, err
	}
	issuer, err := pki.Folder(s.Platform.DeviceCADir).Issuer()
	if err != nil {
		return nil, err
	}
	cfg := s.AWS
	return &world{
		Settings: s, gateway: testcar.Gateway{MQTT: s.Platform.MQTT, Application: application, Issuer: issuer},
		iot: iot.NewFromConfig(cfg), dynamo: dynamodb.NewFromConfig(cfg), s3: objectstore.NewClient(cfg), sqs: sqs.NewFromConfig(cfg),
	}, nil
}
