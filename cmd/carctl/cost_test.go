package main

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCostAddsUp(t *testing.T) {
	of := func(args ...string) (sum, together float64) {
		var out bytes.Buffer
		root := newRoot(&out, io.Discard)
		root.SetArgs(append([]string{"cost"}, args...))
		require.NoError(t, root.Execute())
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		for n, line := range lines {
			amount, err := strconv.ParseFloat(strings.Fields(line)[0], 64)
			require.NoError(t, err, line)
			if n == len(lines)-1 {
				assert.Contains(t, line, "Together")
				return sum, amount
			}
			sum += amount
		}
		return 0, 0
	}
	sum, thousand := of("--cars", "1000")
	assert.InDelta(t, sum, thousand, 0.05, "each line is rounded to a cent")
	_, none := of("--cars", "0")
	_, seldom := of("--cars", "1000", "--interval", "10s")
	assert.Less(t, none, seldom)
	assert.Less(t, seldom, thousand)
}

func TestCostRefusesWhatCannotBe(t *testing.T) {
	for _, args := range [][]string{{"--hours", "25"}, {"--cars", "-1"}, {"--interval", "0s"}} {
		root := newRoot(io.Discard, io.Discard)
		root.SetArgs(append([]string{"cost"}, args...))
		assert.ErrorContains(t, root.Execute(), "allowed are", args)
	}
}
