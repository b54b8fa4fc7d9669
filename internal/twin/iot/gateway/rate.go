package gateway

import "golang.org/x/time/rate"

// perSecond limits events to n per second, with bursts of n; 0: no limit.
func perSecond(n int) *rate.Limiter {
	if n == 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(n), n)
}
