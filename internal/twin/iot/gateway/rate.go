package gateway

import "golang.org/x/time/rate"

// perSecond allows n events a second and n at once; 0 allows any number.
func perSecond(n int) *rate.Limiter {
	if n == 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(n), n)
}
