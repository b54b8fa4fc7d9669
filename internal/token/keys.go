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

// errNoKeys says that the pool's keys could not be had.
var errNoKeys = errors.New("the user pool's keys cannot be read")

const (
	// maxAge is the longest use of a key set before it is fetched again: the pool may have withdrawn one.
	maxAge = time.Hour
	// unknownEvery is the shortest time between two fetches on account of unknown key ids: the pool may have a new one, and a stranger may
	// make up any number.
	unknownEvery = 10 * time.Second
)

// keys are the pool's public keys, read when they are needed. Nothing goes on in the background: a function is frozen between two
// requests.
type keys struct {
	url     string
	http    *http.Client
	now     func() time.Time
	unknown *rate.Limiter // of reading anew for an unknown key

	mu   sync.Mutex
	have keyfunc.Keyfunc
	at   time.Time
}

func newKeys(url string, client *http.Client, now func() time.Time) *keys {
	return &keys{url: url, http: client, now: now, unknown: rate.NewLimiter(rate.Every(unknownEvery), 1)}
}

// of finds the key of a token. For a key that is not among those it has, it reads them anew, unless it did so a moment ago: a token
// with a made-up key is refused at once.
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

// current are the keys that it has, or those of the pool if it has none or old ones.
func (k *keys) current(ctx context.Context) (keyfunc.Keyfunc, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.have != nil && k.now().Sub(k.at) < maxAge {
		return k.have, nil
	}
	return k.anew(ctx)
}

// anew reads the keys, under the lock. Old ones are better than none.
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
