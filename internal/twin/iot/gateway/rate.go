package gateway

import (
	"sync"
	"time"
)

// rate allows so many events in each second. The zero limit allows all.
type rate struct {
	limit int

	mu     sync.Mutex
	second int64
	seen   int
}

func (r *rate) allow(now time.Time) bool {
	if r.limit == 0 {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := now.Unix(); s != r.second {
		r.second, r.seen = s, 0
	}
	r.seen++
	return r.seen <= r.limit
}
