package smoke

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
)

// interrupt tells a program to stop as Ctrl-C does.
func interrupt(cmd *exec.Cmd) error { return cmd.Process.Signal(os.Interrupt) }

// showsWhatWas drives a car with a fault and reads what its people see of that: a trip with its score, a fault that opens, is
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
	if _, err := w.drive(ctx, "--vin", string(v), "--duration", "10m", "--interval", "2s", "--speedup", "20", "--dtc", "P0301"); err != nil {
		return "", err
	}
	path := "/v1/vehicles/" + string(v)
	trip, err := w.scoredTrip(ctx, ana, path)
	if err != nil {
		return "", err
	}
	err = eventually(ctx, "wait for a health report", func(ctx context.Context) error {
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
	err = eventually(ctx, "wait for the trip and its score", func(ctx context.Context) error {
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

// followsAFault checks a fault of a car from its opening to its end.
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
	err := eventually(ctx, "wait for the fault", func(ctx context.Context) error {
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
