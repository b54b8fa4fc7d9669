// Package principal knows who signs requests to the gateway: the administrator, whose key the gateway has itself, and identities of
// Amazon Cognito, whose keys it sees when they are issued. An emulator shows nobody the secret of a key, so calls for Cognito's credentials
// pass through here.
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
	ID  string // unique, as sts:GetCallerIdentity has it
	ARN string
	// Identity is the id of the Cognito identity; empty: it is none.
	Identity string
	// Attached tells whether AWS IoT policies decide too, as they do for identities that signed in.
	// https://docs.aws.amazon.com/iot/latest/developerguide/cog-iot-policies.html
	Attached bool
	// IAM has the policies of its role.
	IAM policy.Set
}

// Book has the keys that the gateway knows.
type Book struct {
	config aws.Config
	iam    *iam.Client
	proxy  *httputil.ReverseProxy
	now    func() time.Time

	mu   sync.Mutex
	keys map[string]*entry
}

// entry is a key.
type entry struct {
	sigv4.Key
	expires       time.Time // zero: never
	identity      string
	authenticated bool
	administrator bool

	principal *Principal // as it was at that time
	at        time.Time
}

// fresh is the time for which a principal is not read again.
const fresh = 5 * time.Second

// New makes a book that knows the key of the configuration, which is the administrator's.
// Calls for Cognito's credentials pass to the emulator by the transport.
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

// Key is the key with that id, if it is known and has not expired.
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

// learn takes a key that was issued, and forgets those that have expired.
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

// ErrUnknown says that the key is not known.
var ErrUnknown = errors.New("access key is not known: the administrator's is, and those that Amazon Cognito issued through the gateway")

// Principal finds out who the key belongs to, and reads its policies.
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

// Everything is the policy of the administrator.
var Everything = mustSet(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)

func mustSet(text string) policy.Set {
	d, err := policy.Parse([]byte(text))
	if err != nil {
		panic("principal: " + err.Error())
	}
	return policy.NewSet(policy.Named{Name: "administrator", Document: d})
}

// roleOf is the role's name in arn:aws:sts::000000000000:assumed-role/NAME/session.
func roleOf(arn string) (string, bool) {
	_, rest, ok := strings.Cut(arn, ":assumed-role/")
	name, _, session := strings.Cut(rest, "/")
	return name, ok && session && name != ""
}
