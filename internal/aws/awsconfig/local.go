package awsconfig

import (
	"cmp"
	"errors"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// customary is the access key, and its secret, that emulators accept by custom.
const customary = "test"

// minCompressBytes is the SDK's default. It is set here because a configuration that the SDK did not load has none.
const minCompressBytes = 10_240

// Local returns the configuration for a local platform. It sets everything explicitly: neither Local nor the clients made of the
// configuration read variables, shared files or the machine's role, so that no setting of a person's shell can send a call to AWS. Every
// connection passes Guard. An empty region means DefaultRegion.
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

// Key is an access key of an emulator. The zero value means the key "test".
type Key struct{ ID, Secret string }

// issuedByAWS matches access key ids that AWS issued: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
var issuedByAWS = regexp.MustCompile(`^A(KIA|SIA)[A-Z0-9]{12,}$`)

// KeyFor reads from the environment the key for an emulator, as some emulators derive the account from the key. A key that AWS issued is
// ignored: it is a person's own and must not be sent to an emulator.
func KeyFor(getenv func(string) string) Key {
	k := Key{ID: getenv("AWS_ACCESS_KEY_ID"), Secret: getenv("AWS_SECRET_ACCESS_KEY")}
	if k.ID == "" || k.Secret == "" || issuedByAWS.MatchString(k.ID) {
		return Key{ID: customary, Secret: customary}
	}
	return k
}
