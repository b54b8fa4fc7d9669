package emf_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/runtime/emf"
)

func TestLineIsEmbeddedMetricFormat(t *testing.T) {
	var b bytes.Buffer
	line := emf.Line{
		Namespace:  "ConnectedCar",
		Dimensions: []emf.Dimension{{Name: "Function", Value: "telemetry"}},
		Values:     []emf.Value{{Name: "Accepted", Unit: emf.Count, Value: 3}, {Name: "Lag", Unit: emf.Milliseconds, Value: 12.5}},
	}
	require.NoError(t, line.Write(&b, time.UnixMilli(1_795_420_800_123)))
	assert.JSONEq(t, `{"_aws":{"Timestamp":1795420800123,"CloudWatchMetrics":[{"Namespace":"ConnectedCar","Dimensions":[["Function"]],
		"Metrics":[{"Name":"Accepted","Unit":"Count"},{"Name":"Lag","Unit":"Milliseconds"}]}]},
		"Function":"telemetry","Accepted":3,"Lag":12.5}`, b.String())
	assert.Equal(t, byte('\n'), b.Bytes()[b.Len()-1])
}

func TestLineWithoutValuesIsNothing(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, emf.Line{Namespace: "ConnectedCar"}.Write(&b, time.Now()))
	assert.Empty(t, b.String())
}
