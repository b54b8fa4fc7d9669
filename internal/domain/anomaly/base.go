package anomaly

import "math"

// The baselines of every car, as indexes of a Memory. They may be reordered: the stored form names a baseline by its subject's id.
const (
	baseCoolant  = iota // coolant temperature of the warm engine
	baseCharging        // volts while the battery charges
	baseResting         // battery volts of the parked car
	baseFrontLeft
	baseFrontRight
	baseRearLeft
	baseRearRight
	baseFilling // air flow over engine speed times manifold pressure
	baseCoolantNoise
	baseHunting // variation of the engine speed at steady speed
	baseCount
)

// subject is a measure that has a baseline.
type subject struct {
	// id names the baseline in stored memories and in the dedup keys of its alerts: never changed, and never given to another subject.
	id     byte
	signal int // the signal that a finding names
	// measure returns the present value; ok is false in a state of the car in which the measure has no meaning.
	measure func(*Memory) (v float64, ok bool)
	context string // the state of the car or the comparison, as part of a sentence
	check   string // the likely cause to check, as part of a sentence

	*definition // shared with the windows over the fleet
}

// base is a baseline, learned from means over bucketS seconds: an exponentially weighted mean and mean absolute deviation of
// values clipped at clipAt deviations, which makes both robust against outliers.
type base struct {
	Mean, Dev float32
	Count     float32 // number of buckets learned
	Up, Down  float32 // CUSUM sums that detect a small lasting shift
	Sum, N    float32 // sum and number of the values in the current bucket
	Begin     int64   // begin of the current bucket, milliseconds since 1970
	Since     int64   // begin of the shift that Up or Down sums, milliseconds since 1970; 0 if there is none
	Prior     float32 // part of Count that stands for the fleet of the car's model; see Priors
}

const (
	bucketS  = 30.0
	madToDev = 1.2533 // standard deviation over mean absolute deviation of a normal distribution
)

// Parameters of the score, from definitions.json; see scoring.
var (
	learnt                 = defined.Score.Learnt
	slowest, clipAt, farAt = defined.Score.Slowest, defined.Score.ClipAt, defined.Score.FarAt
	slack, lastsAt         = defined.Score.Slack, defined.Score.LastsAt
)

// offer adds a value to the bucket. width is the width of the subject's rule (see Dismissal).
func (b *base) offer(v float64, at int64, least, width float64) {
	if b.N > 0 && float64(at-b.Begin) >= bucketS*1000 {
		if at-b.Begin <= 2*gapMs {
			b.learn(float64(b.Sum)/float64(b.N), least, width)
		}
		b.Sum, b.N = 0, 0
	}
	if b.N == 0 {
		b.Begin = at
	}
	b.Sum += float32(v)
	b.N++
}

// learn scores a bucket's mean against the baseline, and then learns it.
func (b *base) learn(x, least, width float64) {
	if b.Count == 0 {
		b.Mean, b.Dev, b.Count = float32(x), float32(least/farAt), 1
		return
	}
	scale := b.scale(least)
	z := (x - float64(b.Mean)) / scale
	if b.Count >= learnt {
		held := min(max(z/width, -2*farAt), 2*farAt)
		b.Up = float32(min(2*lastsAt, max(0, float64(b.Up)+held-slack)))
		b.Down = float32(min(2*lastsAt, max(0, float64(b.Down)-held-slack)))
		b.date()
		if width == 1 && b.holds() { // a dismissed value may become usual
			return
		}
	}
	share := max(1/(float64(b.Count)+1), slowest)
	clipped := min(max(z, -clipAt), clipAt) * scale
	b.Mean += float32(share * clipped)
	b.Dev += float32(share * (math.Abs(clipped) - float64(b.Dev)))
	b.Count = min(b.Count+1, 1e6)
}

// date sets and resets Since.
func (b *base) date() {
	switch {
	case b.Up == 0 && b.Down == 0:
		b.Since = 0
	case b.Since == 0:
		b.Since = b.Begin
	}
}

// learntH returns the hours of this car's own data that the baseline has learned.
func (b *base) learntH() float64 { return b.own() * bucketS / 3600 }

// scale is the baseline's standard deviation, floored so that negligible changes of a steady signal are not outliers.
func (b *base) scale(least float64) float64 { return max(madToDev*float64(b.Dev), least/farAt) }

// score returns the distance of the newest buckets from the baseline: more than 1 is unusual. One bucket alone does not reach 1.
func (b *base) score() float64 {
	return float64(max(b.Up, b.Down)) / lastsAt
}
