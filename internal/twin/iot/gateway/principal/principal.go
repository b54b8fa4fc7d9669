// Package principal identifies the signers of requests to the gateway: the administrator, whose key is the gateway's own, and identities of
// Amazon Cognito. An emulator does not reveal the secret of a key, so calls that issue Cognito credentials pass through this package, which
// reads the keys from the responses.
package principal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"connectedcar/internal/twin/iot/gateway/sigv4"
	"connectedcar/internal/twin/iot/policy"
)

// Principal is the signer of a request.
type Principal struct {
	ID  string // unique, in the form of sts:GetCallerIdentity
	ARN string
	// Identity is the id of the Cognito identity; empty for the administrator.
	Identity string
	// Attached reports whether AWS IoT policies apply too, which they do for authenticated Cognito identities.
	// https://docs.aws.amazon.com/iot/latest/developerguide/cog-iot-policies.html
	Attached bool
	// IAM holds the policies of the signer's role.
	IAM policy.Set
}

// Book stores the keys that the gateway knows.
type Book struct {
	config aws.Config
	iam    *iam.Client
	proxy  *httputil.ReverseProxy
	now    func() time.Time

	mu   sync.Mutex
	keys map[string]*entry
}

// entry is a stored key.
type entry struct {
	sigv4.Key
	expires       time.Time // zero: never expires
	identity      string
	authenticated bool
	administrator bool

	principal *Principal // as last read
	at        time.Time
}

// fresh is the time after which a principal is read again.
const fresh = 5 * time.Second

// New makes a book that holds the key of the configuration, as the administrator's. The transport carries calls for Cognito credentials to
// the emulator.
func New(cfg aws.Config, emulator *url.URL, transport http.RoundTripper, now func() time.Time) (*Book, error) {
	c, err := cfg.Credentials.Retrieve(context.Background())
	if err != nil {
		return nil, fmt.Errorf("read the administrator's key: %w", err)
	}
	b := &Book{config: cfg, iam: iam.NewFromConfig(cfg), now: now, keys: map[string]*entry{
		c.AccessKeyID: {Key: sigv4.Key{Secret: c.SecretAccessKey, Token: c.SessionToken}, administrator: true},
	}}
	b.proxy = b.newProxy(emulator, transport)
	return b, nil
}

// Key returns the key with that id; false if it is unknown or has expired.
func (b *Book) Key(id string) (sigv4.Key, bool) {
	e, ok := b.entry(id)
	if !ok {
		return sigv4.Key{}, false
	}
	return e.Key, true
}

func (b *Book) entry(id string) (*entry, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.keys[id]
	return e, ok && (e.expires.IsZero() || b.now().Before(e.expires))
}

// learn stores a key that was issued, and removes expired keys.
func (b *Book) learn(id string, e *entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for other, known := range b.keys {
		if !known.expires.IsZero() && b.now().After(known.expires) {
			delete(b.keys, other)
		}
	}
	b.keys[id] = e
}

// ErrUnknown is the error for an unknown key.
var ErrUnknown = errors.New("access key is not known: the administrator's is, and those that Amazon Cognito issued through the gateway")

// Principal returns the owner of the key with that id and its policies. It fails with ErrUnknown for an unknown or expired key.
func (b *Book) Principal(ctx context.Context, id string) (*Principal, error) {
	e, ok := b.entry(id)
	if !ok {
		return nil, ErrUnknown
	}
	b.mu.Lock()
	known, at := e.principal, e.at
	b.mu.Unlock()
	if known != nil && (e.administrator || b.now().Sub(at) < fresh) {
		return known, nil
	}
	p, err := b.read(ctx, id, e)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	e.principal, e.at = p, b.now()
	return p, nil
}

func (b *Book) read(ctx context.Context, id string, e *entry) (*Principal, error) {
	cfg := b.config.Copy()
	cfg.Credentials = credentials.NewStaticCredentialsProvider(id, e.Secret, e.Token)
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("ask who has the access key: %w", err)
	}
	p := &Principal{ID: aws.ToString(who.UserId), ARN: aws.ToString(who.Arn), Identity: e.identity, Attached: e.authenticated}
	if e.administrator {
		p.IAM = Everything
		return p, nil
	}
	role, ok := roleOf(p.ARN)
	if !ok {
		return nil, fmt.Errorf("%s has the access key: allowed are roles and the administrator", p.ARN)
	}
	p.IAM, err = b.policies(ctx, role)
	return p, err
}

// Everything is the policy of the administrator, who may do every action.
var Everything = mustSet(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)

func mustSet(text string) policy.Set {
	d, err := policy.Parse([]byte(text))
	if err != nil {
		panic("principal: " + err.Error())
	}
	return policy.NewSet(policy.Named{Name: "administrator", Document: d})
}

// roleOf returns the role's name from arn:aws:sts::000000000000:assumed-role/NAME/session; false for any other ARN.
func roleOf(arn string) (string, bool) {
	_, rest, ok := strings.Cut(arn, ":assumed-role/")
	name, _, session := strings.Cut(rest, "/")
	return name, ok && session && name != ""
}
