package bff

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits bound what one address and one session may ask of this instance.
type limits struct {
	signIns *limiter // by address
	calls   *limiter // of the API, by session
	polls   *limiter // for live updates, by session
}

func newLimits(now func() time.Time) limits {
	return limits{
		signIns: newLimiter(rate.Every(6*time.Second), 20, now),
		calls:   newLimiter(20, 60, now),
		polls:   newLimiter(5, 10, now), // the API's own limit is 2,000 in five minutes for each token
	}
}

// limiter is a token bucket for each key. What it knows of keys that rest is forgotten, so that strangers cannot fill the memory.
type limiter struct {
	mu      sync.Mutex
	buckets map[string]*bucket
	swept   time.Time
	every   rate.Limit
	burst   int
	now     func() time.Time
}

type bucket struct {
	*rate.Limiter
	used time.Time
}

// rest is the time after which a bucket is full again and forgotten.
const rest = 10 * time.Minute

func newLimiter(every rate.Limit, burst int, now func() time.Time) *limiter {
	return &limiter{buckets: map[string]*bucket{}, every: every, burst: burst, now: now, swept: now()}
}

// of is the bucket with that key.
func (l *limiter) of(key string) *bucket {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if now.Sub(l.swept) > rest {
		l.swept = now
		for k, b := range l.buckets {
			if now.Sub(b.used) > rest {
				delete(l.buckets, k)
			}
		}
	}
	b, ok := l.buckets[key]
	if !ok {
		b = &bucket{Limiter: rate.NewLimiter(l.every, l.burst)}
		l.buckets[key] = b
	}
	b.used = now
	return b
}

// allow reports whether one more is allowed now.
func (l *limiter) allow(key string) bool { return l.of(key).AllowN(l.now(), 1) }

func slowDown(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "10")
	problem(w, http.StatusTooManyRequests, "too many requests: slow down")
}

// client is the address of the browser. Of X-Forwarded-For only the entries that our own proxies added count: a browser can send any others.
func (s *server) client(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if s.Proxies == 0 {
		return network(host)
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	if len(hops) < s.Proxies {
		return network(host)
	}
	return network(strings.TrimSpace(hops[len(hops)-s.Proxies]))
}

// network is the address, of IPv6 its /64: a household has all of that.
func network(host string) string {
	ip := net.ParseIP(host)
	if ip == nil || ip.To4() != nil {
		return host
	}
	return ip.Mask(net.CIDRMask(64, 128)).String()
}
