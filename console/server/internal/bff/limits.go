package bff

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits are the rate limits of one client address and of one session, for this instance.
type limits struct {
	signIns *limiter // by client address
	calls   *limiter // API calls, by session
	polls   *limiter // polls for live updates, by session
}

func newLimits(now func() time.Time) limits {
	return limits{
		signIns: newLimiter(rate.Every(6*time.Second), 20, now),
		calls:   newLimiter(20, 60, now),
		polls:   newLimiter(5, 10, now), // the API's own limit is 2,000 in five minutes for each token
	}
}

// limiter holds a token bucket for each key. It removes the buckets of idle keys, so that unknown clients cannot fill the memory.
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

// rest is the idle time after which a bucket is full again and can be removed.
const rest = 10 * time.Minute

func newLimiter(every rate.Limit, burst int, now func() time.Time) *limiter {
	return &limiter{buckets: map[string]*bucket{}, every: every, burst: burst, now: now, swept: now()}
}

// of returns the bucket of that key.
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

// allow reports whether the key may make one more request, and counts it.
func (l *limiter) allow(key string) bool { return l.of(key).AllowN(l.now(), 1) }

func slowDown(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "10")
	problem(w, http.StatusTooManyRequests, "too many requests: slow down")
}

// client is the address of the browser. Only the entries of X-Forwarded-For that our own proxies added count: a browser can send any
// others.
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

// network returns the address, or the /64 prefix of an IPv6 address: a household can use a whole /64.
func network(host string) string {
	ip := net.ParseIP(host)
	if ip == nil || ip.To4() != nil {
		return host
	}
	return ip.Mask(net.CIDRMask(64, 128)).String()
}
