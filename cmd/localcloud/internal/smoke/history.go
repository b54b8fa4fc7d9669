package smoke

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"connectedcar/internal/tool/testcar"
)

// interrupt sends the signal of Ctrl-C to a program.
func interrupt(cmd *exec.Cmd) error { return cmd.Process.Signal(os.Interrupt) }

// scoredDrive is long enough for a trip to get a score.
const scoredDrive = 2 * time.Minute

// scoredSeed finds a random seed with which the car drives far enough in scoredDrive: a trip below one kilometre gets no score.
func (w *world) scoredSeed(ctx context.Context, vin string) (string, error) {
	const far, seeds = 1100, 50
	for seed := 1; seed <= seeds; seed++ {
		s := strconv.Itoa(seed)
		said, err := w.carctl(ctx, "drive", "--dry-run", "--vin", vin, "--duration", fmt.Sprint(scoredDrive), "--seed", s, "--dtc", "P0301")
		if err != nil {
			return "", err
		}
		for line := range strings.Lines(said) {
			var m struct{ Payload struct{ DistanceM int } }
			if strings.Contains(line, `"trip/1"`) && json.Unmarshal([]byte(line), &m) == nil && m.Payload.DistanceM >= far {
				return s, nil
			}
		}
	}
	return "", fmt.Errorf("with none of %d seeds the car drives %d m in %s", seeds, far, scoredDrive)
}

// pace is the speed factor for a drive that ends now and begins after ana claimed the car: she sees nothing from before.
func (w *world) pace(drive time.Duration) string {
	const most, margin = 4, 5 * time.Second
	owned := min(max(time.Since(w.claimedAt)-margin, 0), drive-drive/most)
	return fmt.Sprintf("%.2f", drive.Seconds()/(drive-owned).Seconds())
}

// showsWhatWas drives a car with a fault and reads its history as its owner and its dealer: a trip with a score, a fault that is opened,
// acknowledged and cleared, and health reports.
func showsWhatWas(ctx context.Context, w *world) (string, error) {
	v, err := w.owned(ctx)
	if err != nil {
		return "", err
	}
	ana, err := w.as(ctx, "ana")
	if err != nil {
		return "", err
	}
	dealer, err := w.as(ctx, "north")
	if err != nil {
		return "", err
	}
	seed, err := w.scoredSeed(ctx, string(v))
	if err != nil {
		return "", err
	}
	if _, err := w.drive(ctx, "--vin", string(v), "--duration", fmt.Sprint(scoredDrive), "--speedup", w.pace(scoredDrive), "--seed", seed, "--dtc", "P0301"); err != nil {
		return "", err
	}
	path := "/v1/vehicles/" + string(v)
	trip, err := w.scoredTrip(ctx, ana, path)
	if err != nil {
		return "", err
	}
	err = testcar.Eventually(ctx, "wait for a health report", func(ctx context.Context) error {
		page, err := ana.must(ctx, http.StatusOK, "GET", path+"/healthreports", nil)
		if err == nil && (len(page.items()) == 0 || page.items()[0]["progress"] != "READY") {
			err = fmt.Errorf("there are %d: %.200s", len(page.items()), page.body)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if _, err := dealer.must(ctx, http.StatusNotFound, "GET", path+"/trips", nil); err != nil {
		if _, forbidden := dealer.must(ctx, http.StatusForbidden, "GET", path+"/trips", nil); forbidden != nil {
			return "", err
		}
	}
	return trip, w.followsAFault(ctx, dealer, path)
}

func (w *world) scoredTrip(ctx context.Context, p *person, path string) (detail string, err error) {
	err = testcar.Eventually(ctx, "wait for the trip and its score", func(ctx context.Context) error {
		page, err := p.must(ctx, http.StatusOK, "GET", path+"/trips", nil)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(page.items(), func(t map[string]any) bool { return t["score"] != nil && t["source"] == "car" })
		if at < 0 {
			return fmt.Errorf("no trip has one: %.300s", page.body)
		}
		t := page.items()[at]
		detail = fmt.Sprintf("a trip of %.0f m scored %v", t["distanceM"], t["score"])
		return nil
	})
	return detail, err
}

// followsAFault checks a car's fault from its opening until it is cleared.
func (w *world) followsAFault(ctx context.Context, dealer *person, path string) error {
	fault := func(ctx context.Context, want func(f map[string]any) error) error {
		page, err := dealer.must(ctx, http.StatusOK, "GET", path+"/diagnostics", nil)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(page.items(), func(f map[string]any) bool { return f["code"] == "P0301" })
		if at < 0 {
			return fmt.Errorf("no P0301: %.300s", page.body)
		}
		return want(page.items()[at])
	}
	id := ""
	err := testcar.Eventually(ctx, "wait for the fault", func(ctx context.Context) error {
		return fault(ctx, func(f map[string]any) error {
			id, _ = f["diagnosticId"].(string)
			if f["status"] != "OPEN" {
				return fmt.Errorf("it is %v", f)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	if _, err := dealer.must(ctx, http.StatusOK, "POST", path+"/diagnostics/"+id+"/acknowledge", nil); err != nil {
		return err
	}
	if _, err := dealer.must(ctx, http.StatusOK, "POST", path+"/diagnostics/"+id+"/clear", nil); err != nil {
		return err
	}
	return fault(ctx, func(f map[string]any) error {
		if f["status"] != "CLOSED" || f["acknowledgedBy"] == nil {
			return fmt.Errorf("a fault that was acknowledged and cleared is %v", f)
		}
		return nil
	})
}
