package policy_test

import (
	"testing"

	"connectedcar/internal/twin/iot/policy"
)

// BenchmarkDecide measures the decision that the gateway makes for each message: whether the car may publish to that topic.
func BenchmarkDecide(b *testing.B) {
	s := set(b, device)
	for name, resource := range map[string]string{
		"allowed":     arns.Topic("$aws/rules/cars_telemetry/dt/cars/" + carA + "/telemetry"),
		"not allowed": arns.Topic("dt/cars/" + carB + "/telemetry"),
	} {
		r := policy.Request{Action: policy.Publish, Resource: resource, Connection: car(carA)}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			want := name == "allowed"
			for b.Loop() {
				if s.Decide(r).Allowed != want {
					b.Fatal(r)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
		})
	}
}
