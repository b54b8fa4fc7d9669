package front

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"connectedcar/cmd/localcloud/internal/front/awsmodel"
	"connectedcar/cmd/localcloud/internal/front/wire"
)

// Emulator calls the emulator behind the front with the key of the account's root.
type Emulator struct {
	URL    *url.URL
	Client *http.Client
}

// rootKey is the key that emulators accept as the account's root.
var rootKey = aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}

// maxAnswer bounds an answer in bytes; every answer of an operation that describes or lists is shorter.
const maxAnswer = 16 << 20

// Ask calls an operation whose members are all strings.
func (e Emulator) Ask(ctx context.Context, region, service, operation string, input map[string]any) (map[string]any, error) {
	m := awsmodel.Get(service)
	if m == nil {
		return nil, fmt.Errorf("no model of service %s", service)
	}
	r, body, err := wire.NewRequest(ctx, e.URL, m, operation, input)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	r.Header.Set("X-Amz-Content-Sha256", hash)
	if err := v4.NewSigner().SignHTTP(ctx, rootKey, r, hash, m.SigningService(), region, time.Now()); err != nil {
		return nil, fmt.Errorf("sign %s: %w", operation, err)
	}
	resp, err := e.Client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask the emulator: %w", err)
	}
	defer resp.Body.Close() // read-only: a close error loses nothing
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("ask the emulator: %w", err)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return nil, fmt.Errorf("%s.%s: %w", service, operation, wire.ReadFault(m, resp.StatusCode, resp.Header, answer))
	}
	return wire.DecodeOutput(m, m.Operations[operation], resp.Header, answer)
}
