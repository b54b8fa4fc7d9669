package sim

import (
	"math"
	"math/rand/v2"
)

// driver decides the car's acceleration. The seed sets the driver's style.
type driver struct {
	rng          *rand.Rand
	cruise       float64 // share of the speed limit that the driver drives at
	accelerates  float64 // m/s^2 from standstill
	brakes       float64 // m/s^2 before stops
	phase        float64 // phase of the accelerator's small movements
	harshPerHour float64 // sudden braking per hour; racing starts are as rare
	stopAtM      float64 // place of the next stop, metres along the route
	stops        bool    // the driver stops there
	dwellS       float64 // seconds left to wait at the present stop
	harshLeftS   float64 // seconds left of a sudden manoeuvre
	harshMPS2    float64
}

func newDriver(rng *rand.Rand) driver {
	mood := rng.Float64() // 0 calm, 1 hasty
	return driver{
		rng:          rng,
		cruise:       0.90 + 0.08*mood,
		accelerates:  1.3 + 1.1*mood,
		brakes:       1.5 + 0.6*mood,
		phase:        2 * math.Pi * rng.Float64(),
		harshPerHour: 1 + 9*mood*mood,
		stopAtM:      -1,
	}
}

const (
	shareOfRedLights = 0.45
	stopsShortM      = 1.5 // distance before the line
	relaxS           = 0.8 // time in which the driver reaches the target speed
	parkMPS2         = 1.4 // m/s^2 when slowing down to park at the end
)

// wants returns the acceleration that the driver wants at that place and speed, with leftS seconds of driving left.
func (d *driver) wants(r *Route, atM, speedMPS, leftS, dt float64) float64 {
	if d.dwellS > 0 {
		d.wait(dt)
		return -d.brakes
	}
	cruise := d.cruise + 0.02*math.Sin(atM/310+d.phase)*math.Sin(atM/97)
	target := min(r.safeMPS(atM), r.safeMPS(atM+speedMPS*relaxS)) * cruise
	target = min(target, d.stopTarget(r, atM, speedMPS), parkMPS2*max(0, leftS-3))
	if a, harsh := d.harsh(speedMPS, target, dt); harsh {
		return a
	}
	if speedMPS < 0.3 && target < 0.3 {
		return -d.brakes
	}
	a := (target - speedMPS) / relaxS
	return max(-2*d.brakes, min(a, d.accelerates*(1-0.45*speedMPS/38)))
}

// wait counts down the waiting time at a stop. Some drivers then start with full power.
func (d *driver) wait(dt float64) {
	d.dwellS -= dt
	if d.dwellS <= 0 && d.rng.Float64() < d.harshPerHour/100 {
		d.harshLeftS, d.harshMPS2 = 1.6, 3.4+0.3*d.rng.Float64()
	}
}

// stopTarget is the highest speed from which the car can stop at the next sign or red light. At standstill there, the wait begins.
func (d *driver) stopTarget(r *Route, atM, speedMPS float64) float64 {
	if atM >= d.stopAtM {
		s, away := r.nextStop(atM)
		d.stopAtM = atM + away
		d.stops = s.control == Sign || d.rng.Float64() < shareOfRedLights
	}
	if !d.stops {
		return math.Inf(1)
	}
	away := d.stopAtM - atM - stopsShortM
	if away < 2 && speedMPS < 0.4 {
		d.stops = false
		d.dwellS = 2 + d.rng.Float64()*3
		if away >= 0 && d.rng.Float64() < 0.6 {
			d.dwellS += d.rng.Float64() * 25
		}
		return 0
	}
	return math.Sqrt(2 * d.brakes * max(0, away))
}

// harsh starts and continues sudden manoeuvres: braking for an obstacle, or a start with full power. It returns false if there is none.
func (d *driver) harsh(speedMPS, targetMPS, dt float64) (float64, bool) {
	if d.harshLeftS > 0 {
		d.harshLeftS -= dt
		if d.harshMPS2 < 0 && speedMPS < 2 || d.harshMPS2 > 0 && speedMPS > 0.7*targetMPS {
			d.harshLeftS = 0
		}
		return d.harshMPS2, d.harshLeftS > 0
	}
	if speedMPS < 8 || d.rng.Float64() > d.harshPerHour*dt/3600 {
		return 0, false
	}
	d.harshLeftS, d.harshMPS2 = 0.8+0.6*d.rng.Float64(), -(4 + 2*d.rng.Float64())
	return d.harshMPS2, true
}
