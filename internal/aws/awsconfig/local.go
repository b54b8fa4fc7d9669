package awsconfig

import (
	"cmp"
	"errors"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// customary is the access key, and its secret, that emulators take.
const customary = "test"

// minCompressBytes is the SDK's own default; a configuration that the SDK did not load has none.
const minCompressBytes = 10_240

// Local is the configuration for a local platform. Everything is set here: no variable, no shared file and no machine's role is read,
// neither now nor by the clients made of it, so that nothing in a person's shell leads a call past the emulator. Every connection
// passes Guard. An empty region is DefaultRegion.
func Local(endpoint, region string, key Key) (aws.Config, error) {
	if endpoint == "" {
		return aws.Config{}, errors.New("a local platform needs the endpoint of its AWS emulator, such as http://127.0.0.1:4566")
	}
	base, err := ParseEndpoint(endpoint)
	if err != nil {
		return aws.Config{}, err
	}
	id, secret := cmp.Or(key.ID, customary), cmp.Or(key.Secret, customary)
	return aws.Config{
		Region: cmp.Or(region, DefaultRegion), BaseEndpoint: &base, HTTPClient: guardedClient(base), Retryer: newRetryer,
		Credentials:                 aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(id, secret, "")),
		RequestChecksumCalculation:  aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation:  aws.ResponseChecksumValidationWhenSupported,
		AccountIDEndpointMode:       aws.AccountIDEndpointModeDisabled,
		RequestMinCompressSizeBytes: minCompressBytes,
	}, nil
}

// Key is an access key of an emulator. The zero value is the customary one, "test".
type Key struct{ ID, Secret string }

// issuedByAWS matches the unique ids of access keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
var issuedByAWS = regexp.MustCompile(`^A(KIA|SIA)[A-Z0-9]{12,}$`)

// KeyFor reads from the environment the key for an emulator that somebody runs themselves: some name the account by it. A key that
// AWS issued is a person's own, and never leaves for an emulator.
func KeyFor(getenv func(string) string) Key {
	k := Key{ID: getenv("AWS_ACCESS_KEY_ID"), Secret: getenv("AWS_SECRET_ACCESS_KEY")}
	if k.ID == "" || k.Secret == "" || issuedByAWS.MatchString(k.ID) {
		return Key{ID: customary, Secret: customary}
	}
	return k
}
