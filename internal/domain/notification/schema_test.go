package notification_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/notification/schema"
)

// The message to a car matches the schema, for every kind of alert that is shown in cars.
func TestCarsGetWhatTheSchemaSays(t *testing.T) {
	b, err := schema.FS.ReadFile("alert-1.json")
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource("alert-1.json", document))
	compiled, err := c.Compile("alert-1.json")
	require.NoError(t, err)

	shown := 0
	for _, kind := range []alert.Kind{alert.Crash, alert.Diagnostics, alert.EngineOverheat, alert.OilOvertemp, alert.BatteryLow, alert.TyrePressureLow, alert.FuelLow, alert.SoCLow} {
		w := newWorld(t)
		a := w.anAlert(t, func(a *alert.Alert) { a.Kind, a.Detail = kind, strings.Repeat("ä", 250) })
		over := a
		over.Status = alert.Resolved
		w.announce(t, nil, &a)
		w.announce(t, &a, &over)
		w.run(t, time.Hour)
		for n, s := range w.sent {
			if !strings.Contains(s, " car: ") {
				continue
			}
			shown++
			message, err := jsonschema.UnmarshalJSON(strings.NewReader(w.bodies[n]))
			require.NoError(t, err)
			assert.NoError(t, compiled.Validate(message), "%s", w.bodies[n])
		}
	}
	assert.Equal(t, 16, shown, "each when it begins and when it ends")
}
