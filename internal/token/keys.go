package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"
)

// errNoKeys means that the pool's keys could not be fetched.
var errNoKeys = errors.New("the user pool's keys cannot be read")

const (
	// maxAge is the time after which a key set is fetched again, as the pool may have withdrawn a key.
	maxAge = time.Hour
	// unknownEvery is the shortest time between two fetches because of unknown key ids. The pool may have a new key, but an attacker may
	// make up any number of key ids.
	unknownEvery = 10 * time.Second
)

// keys caches the pool's public keys. It fetches them on demand and not in the background, because a Lambda function is frozen between two
// requests.
type keys struct {
	url     string
	http    *http.Client
	now     func() time.Time
	unknown *rate.Limiter // limits the fetches because of unknown key ids

	mu   sync.Mutex
	have keyfunc.Keyfunc
	at   time.Time
}

func newKeys(url string, client *http.Client, now func() time.Time) *keys {
	return &keys{url: url, http: client, now: now, unknown: rate.NewLimiter(rate.Every(unknownEvery), 1)}
}

// of returns the function that finds the key of a token. For an unknown key id it fetches the key set again, at most once in unknownEvery;
// within that time it rejects the token.
func (k *keys) of(ctx context.Context) jwt.Keyfunc {
	return func(t *jwt.Token) (any, error) {
		have, err := k.current(ctx)
		if err != nil {
			return nil, err
		}
		key, err := have.KeyfuncCtx(ctx)(t)
		if !errors.Is(err, jwkset.ErrKeyNotFound) || !k.unknown.AllowN(k.now(), 1) {
			return key, err
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		if have, err = k.anew(ctx); err != nil {
			return nil, err
		}
		return have.KeyfuncCtx(ctx)(t)
	}
}

// current returns the cached keys, or fetches them if there are none or they are older than maxAge.
func (k *keys) current(ctx context.Context) (keyfunc.Keyfunc, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.have != nil && k.now().Sub(k.at) < maxAge {
		return k.have, nil
	}
	return k.anew(ctx)
}

// anew fetches the keys; the caller holds the lock. If the fetch fails, the cached keys stay in use.
func (k *keys) anew(ctx context.Context) (keyfunc.Keyfunc, error) {
	fresh, err := k.read(ctx)
	switch {
	case err == nil:
		k.have, k.at = fresh, k.now()
	case k.have == nil:
		return nil, fmt.Errorf("%w: %w", errNoKeys, err)
	}
	return k.have, nil
}

func (k *keys) read(ctx context.Context) (keyfunc.Keyfunc, error) {
	storage, err := jwkset.NewStorageFromHTTP(k.url, jwkset.HTTPClientStorageOptions{
		Client: k.http, Ctx: context.WithoutCancel(ctx), HTTPTimeout: k.http.Timeout,
	})
	if err != nil {
		return nil, err
	}
	return keyfunc.New(keyfunc.Options{Storage: storage, UseWhitelist: []jwkset.USE{jwkset.UseSig}})
}
