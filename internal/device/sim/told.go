package sim

import (
	"time"
)

// HealthReport makes a health report with that id.
func (c *Car) HealthReport(id string) (any, error) {
	r := c.healthReport()
	r.ID = id
	return r, nil
}

// Snapshot makes a diagnostics message with all trouble codes that are set.
func (c *Car) Snapshot() (any, error) {
	d := c.diagnostics()
	d.Kind, d.MIL = "snapshot", len(c.codes) > 0
	if d.Codes == nil {
		d.Codes = []Code{}
	}
	return d, nil
}

// SetClimate sets the cabin temperature, in Celsius. A target below the outside temperature runs the compressor.
func (c *Car) SetClimate(targetC float64) { c.conditioning = targetC < c.set.AmbientC }

// SetInterval sets the time between two samples while driving. It ignores zero and negative values.
func (c *Car) SetInterval(d time.Duration) {
	if d > 0 {
		c.set.Interval = d
	}
}
