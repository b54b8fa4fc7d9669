package cognito

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"connectedcar/internal/token"
)

// Signed identifies the issuer of acceptable tokens: the issuer of the pool's tokens, and where its public keys are. An emulator's tokens name AWS as their
// issuer; its keys are at its own endpoint.
func Signed(cfg aws.Config, pool string) (issuer, keys string, err error) {
	if issuer, err = token.Issuer(pool); err != nil {
		return "", "", err
	}
	if cfg.BaseEndpoint != nil {
		return issuer, strings.TrimSuffix(*cfg.BaseEndpoint, "/") + "/" + pool + token.KeysPath, nil
	}
	return issuer, issuer + token.KeysPath, nil
}
