package sim

import (
	"time"
)

// HealthReport is a health report with that id.
func (c *Car) HealthReport(id string) (any, error) {
	r := c.healthReport()
	r.ID = id
	return r, nil
}

// Snapshot is all trouble codes that are set.
func (c *Car) Snapshot() (any, error) {
	d := c.diagnostics()
	d.Kind, d.MIL = "snapshot", len(c.codes) > 0
	if d.Codes == nil {
		d.Codes = []Code{}
	}
	return d, nil
}

// SetClimate cools or heats to that temperature, in Celsius: what is below the air outside takes the compressor.
func (c *Car) SetClimate(targetC float64) { c.conditioning = targetC < c.set.AmbientC }

// SetInterval has the car sample its signals so often while it drives.
func (c *Car) SetInterval(d time.Duration) {
	if d > 0 {
		c.set.Interval = d
	}
}
