package alert_test

import (
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
)

func TestIDIsAULIDOfItsTime(t *testing.T) {
	for _, at := range []time.Time{time.UnixMilli(0), time.UnixMilli(1_795_420_800_123), time.UnixMilli(1<<48 - 1)} {
		id := alert.ID(at, "registration_denied/abc")
		parsed, err := ulid.ParseStrict(id)
		require.NoError(t, err)
		assert.Equal(t, at.UnixMilli(), ulid.Time(parsed.Time()).UnixMilli())
		assert.Equal(t, id, parsed.String())
	}
}

func TestIDIsTheSameForTheSameThing(t *testing.T) {
	at := time.UnixMilli(1_795_420_800_123)
	assert.Equal(t, alert.ID(at, "a"), alert.ID(at, "a"))
	assert.NotEqual(t, alert.ID(at, "a"), alert.ID(at, "b"))
	assert.NotEqual(t, alert.ID(at, "a"), alert.ID(at.Add(time.Millisecond), "a"))
	assert.Less(t, alert.ID(at, "z"), alert.ID(at.Add(time.Millisecond), "a"))
}
