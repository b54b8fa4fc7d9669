package diagnostic_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/diagnostic/dtc"
)

// ofUnit makes a message's codes those of that control unit.
func ofUnit(ecu string, r diagnostic.Received) diagnostic.Received {
	for n := range r.Codes {
		r.Codes[n].ECU = ecu
	}
	r.ID = alert.ID(r.TS, fmt.Sprint(ecu, r.Kind))
	return r
}

// statuses counts the alerts by status.
func (w *world) statuses() map[alert.Status]int {
	out := map[alert.Status]int{}
	for _, a := range w.alerts.All() {
		out[a.Status]++
	}
	return out
}

func TestInventedControlUnitsMakeNoAlerts(t *testing.T) {
	w := newWorld(t)
	r := messageOf(diagnostic.Set, 1)
	for n := range diagnostic.MaxCodes {
		r.Codes = append(r.Codes, diagnostic.Reported{Fault: dtc.Fault{Code: misfire}, ECU: fmt.Sprint("X", n), Status: dtc.Confirmed})
	}
	w.take(t, r)
	assert.Len(t, w.open(), diagnostic.MaxCodes, "the list of faults has all")
	assert.Equal(t, map[alert.Status]int{alert.Open: 1}, w.statuses())
}

func TestACodesAlertEndsWithItsLastControlUnit(t *testing.T) {
	messages := []diagnostic.Received{
		ofUnit("ECM", messageOf(diagnostic.Set, 1, misfire)), ofUnit("TCM", messageOf(diagnostic.Set, 2, misfire)),
		ofUnit("ECM", messageOf(diagnostic.Clear, 3, misfire)), ofUnit("TCM", messageOf(diagnostic.Clear, 4, misfire)),
	}
	for n, want := range []alert.Status{alert.Open, alert.Open, alert.Open, alert.Resolved} {
		for _, order := range orders(n + 1) {
			w := newWorld(t)
			for _, m := range order {
				w.take(t, messages[m])
			}
			require.Equal(t, 1, w.statuses()[want], "after %d messages in the order %v: %v", n+1, order, w.statuses())
			require.Equal(t, want == alert.Open, w.statuses()[alert.Open] == 1, "%v", order)
		}
	}
}

// A fault that comes back in the millisecond in which it was cleared made one alert or two, by the order of the messages.
func TestAlertsOfOneControlUnitAreTheSameInEveryOrder(t *testing.T) {
	back := messageOf(diagnostic.Set, 2, misfire)
	back.Seq++
	back.ID = alert.ID(back.TS, "back")
	messages := []diagnostic.Received{
		messageOf(diagnostic.Set, 1, misfire), messageOf(diagnostic.Clear, 2, misfire), back, messageOf(diagnostic.Set, 3, misfire),
	}
	var want map[[2]string]alert.Alert
	for n, order := range orders(len(messages)) {
		w := newWorld(t)
		for _, m := range order {
			w.take(t, messages[m])
		}
		if n == 0 {
			want = w.alerts.All()
		}
		require.Equal(t, want, w.alerts.All(), "in the order %v", order)
	}
}

// orders are all orders of the numbers below n.
func orders(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for _, rest := range orders(n - 1) {
		for at := range n {
			one := append(append(append([]int{}, rest[:at]...), n-1), rest[at:]...)
			all = append(all, one)
		}
	}
	return all
}
