package cognito

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"connectedcar/internal/token"
)

// Signed returns the issuer of the pool's tokens and the URL of its public keys. Tokens of an emulator name AWS as their issuer, but the
// emulator serves its keys at its own endpoint.
func Signed(cfg aws.Config, pool string) (issuer, keys string, err error) {
	if issuer, err = token.Issuer(pool); err != nil {
		return "", "", err
	}
	if cfg.BaseEndpoint != nil {
		return issuer, strings.TrimSuffix(*cfg.BaseEndpoint, "/") + "/" + pool + token.KeysPath, nil
	}
	return issuer, issuer + token.KeysPath, nil
}
