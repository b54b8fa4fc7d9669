package memory_test

import (
	"testing"
	"time"

	"connectedcar/internal/domain/shadow"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/testing/storetest"
)

func TestShadows(t *testing.T) {
	storetest.Shadows(t, func(_ *testing.T, now time.Time) (shadow.Store, storetest.Report) {
		s := &memory.Shadows{Now: func() time.Time { return now }}
		return s, s.Report
	})
}
