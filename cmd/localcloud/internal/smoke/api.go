package smoke

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"connectedcar/internal/tool/testcar"
	"connectedcar/internal/vin"
)

// owned returns a car that ana has claimed with a code and that the dealer north services. All checks share the car.
func (w *world) owned(ctx context.Context) (vin.VIN, error) {
	if w.claimed != "" {
		return w.claimed, nil
	}
	v := testcar.NewVIN()
	if err := w.allow(ctx, v); err != nil {
		return "", err
	}
	maker, err := w.as(ctx, "acme")
	if err != nil {
		return "", err
	}
	path := "/v1/vehicles/" + string(v)
	car, err := maker.must(ctx, http.StatusOK, "GET", path, nil)
	if err != nil {
		return "", err
	}
	if _, err := maker.must(ctx, http.StatusOK, "PATCH", path, map[string]any{"dealerId": "north"}, "If-Match", car.etag); err != nil {
		return "", err
	}
	if err := w.handOver(ctx, v, "north", "ana"); err != nil {
		return "", err
	}
	w.claimed, w.claimedAt = v, time.Now()
	return v, nil
}

// handOver makes a claim code as one user and claims the car with it as another.
func (w *world) handOver(ctx context.Context, v vin.VIN, from, to string) error {
	giver, err := w.as(ctx, from)
	if err != nil {
		return err
	}
	taker, err := w.as(ctx, to)
	if err != nil {
		return err
	}
	code, err := giver.must(ctx, http.StatusCreated, "POST", "/v1/vehicles/"+string(v)+"/claim-code", nil)
	if err != nil {
		return err
	}
	_, err = taker.must(ctx, http.StatusCreated, "POST", "/v1/claims", map[string]any{"vin": v, "code": code.at("code")})
	return err
}

// seesItsOwn checks which users see a car that ana owns, north services and acme built.
func seesItsOwn(ctx context.Context, w *world) (string, error) {
	v, err := w.owned(ctx)
	if err != nil {
		return "", err
	}
	seen := map[string]string{"ana": "owner", "north": "dealer", "acme": "manufacturer", "operator": "operator", "ben": "", "south": "", "borealis": "", "nobody": ""}
	for name, relation := range seen {
		p, err := w.as(ctx, name)
		if err != nil {
			return "", err
		}
		car, err := p.call(ctx, "GET", "/v1/vehicles/"+string(v), nil)
		if err != nil {
			return "", err
		}
		// A user without a role has a token without scopes, which the API gateway already rejects with 401.
		if relation == "" && car.status != http.StatusNotFound && (name != "nobody" || car.status != http.StatusUnauthorized) {
			return "", fmt.Errorf("%s gets %d for a car that is none of theirs", name, car.status)
		}
		if relation != "" && (car.status != http.StatusOK || car.at("relation") != relation) {
			return "", fmt.Errorf("%s gets %d as %v, want 200 as %s: %.200s", name, car.status, car.at("relation"), relation, car.body)
		}
		if err := listsIt(ctx, p, v, relation != "" && name != "operator"); err != nil {
			return "", err
		}
	}
	stranger := &person{name: "somebody without a token", url: w.Platform.APIURL, client: &http.Client{Transport: w.Web, Timeout: callLimit}}
	if _, err := stranger.must(ctx, http.StatusUnauthorized, "GET", "/v1/vehicles/"+string(v), nil); err != nil {
		return "", err
	}
	return "its owner, dealer, maker and the operators see " + string(v) + "; four others and nobody at all do not", nil
}

// listsIt checks whether the car is in the user's list of cars.
func listsIt(ctx context.Context, p *person, v vin.VIN, want bool) error {
	var all []string
	for next := ""; ; {
		path := "/v1/vehicles?limit=100"
		if next != "" {
			path += "&nextToken=" + next
		}
		list, err := p.call(ctx, "GET", path, nil)
		if err != nil {
			return err
		}
		if list.status != http.StatusOK {
			if p.name == "nobody" && list.status == http.StatusUnauthorized {
				return nil
			}
			return fmt.Errorf("%s lists cars: %d: %.200s", p.name, list.status, list.body)
		}
		for _, car := range list.items() {
			all = append(all, fmt.Sprint(car["vin"]))
		}
		if next, _ = list.at("nextToken").(string); next == "" {
			break
		}
	}
	if slices.Contains(all, string(v)) != want && !(p.name == "operator") {
		return fmt.Errorf("%s lists %s: want the car among them: %t", p.name, strings.Join(all, " "), want)
	}
	return nil
}

// driving starts a real-time drive of the car with carctl, which runs until stop is called.
func (w *world) driving(ctx context.Context, v vin.VIN, args ...string) (stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	argv := append([]string{"drive", string(v), "--duration", "1h", "--platform", w.PlatformFile}, args...)
	cmd := exec.CommandContext(ctx, w.Carctl, argv...)
	cmd.Env, cmd.Cancel = w.Environment, func() error { return interrupt(cmd) }
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("drive %s: %w", v, err)
	}
	return func() { cancel(); _ = cmd.Wait() }, nil
}

// lockedBuffer is a writer that discards a program's output, safe for concurrent use.
type lockedBuffer struct {
	mu sync.Mutex
	n  int
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n += len(p)
	return len(p), nil
}

// setsTheClimate sets the temperature of a connected car through the API and its shadow, and sends it a lock command.
func setsTheClimate(ctx context.Context, w *world) (string, error) {
	v, err := w.owned(ctx)
	if err != nil {
		return "", err
	}
	ana, err := w.as(ctx, "ana")
	if err != nil {
		return "", err
	}
	stop, err := w.driving(ctx, v, "--interval", "2s")
	if err != nil {
		return "", err
	}
	defer stop()
	path := "/v1/vehicles/" + string(v)
	if _, err := ana.must(ctx, http.StatusBadRequest, "PATCH", path+"/shadow/climate", map[string]any{"desired": map[string]any{"targetTemperatureC": 50}}); err != nil {
		return "", err
	}
	err = testcar.Eventually(ctx, "wait for the car to register, before which it takes nothing", func(ctx context.Context) error {
		_, err := ana.must(ctx, http.StatusOK, "PATCH", path+"/shadow/climate", map[string]any{"desired": map[string]any{"targetTemperatureC": 21.5}})
		return err
	})
	if err != nil {
		return "", err
	}
	err = testcar.Eventually(ctx, "wait for the car to report the temperature", func(ctx context.Context) error {
		now, err := ana.must(ctx, http.StatusOK, "GET", path+"/shadow/climate", nil)
		if err == nil && now.at("reported", "targetTemperatureC") != 21.5 {
			err = fmt.Errorf("the shadow is %.300s", now.body)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return "21.5 degrees asked for through the API and reported by the car; 50 refused", w.locks(ctx, ana, path)
}

// locks sends a lock command and waits for the car's response.
func (w *world) locks(ctx context.Context, p *person, path string) error {
	sent, err := p.must(ctx, http.StatusAccepted, "POST", path+"/commands", map[string]any{"kind": "lock"})
	if err != nil {
		return err
	}
	id, _ := sent.at("commandId").(string)
	return testcar.Eventually(ctx, "wait for the car to lock itself", func(ctx context.Context) error {
		now, err := p.must(ctx, http.StatusOK, "GET", path+"/commands/"+id, nil)
		if err == nil && now.at("status") != "SUCCEEDED" {
			err = fmt.Errorf("the command is %.300s", now.body)
		}
		return err
	})
}

// givesUpACar checks that the next owner of a car sees nothing from the time of the previous owner.
func givesUpACar(ctx context.Context, w *world) (string, error) {
	v, err := w.owned(ctx)
	if err != nil {
		return "", err
	}
	w.claimed = ""
	ana, err := w.as(ctx, "ana")
	if err != nil {
		return "", err
	}
	path := "/v1/vehicles/" + string(v)
	if _, err := w.drive(ctx, "--vin", string(v), "--duration", "10s"); err != nil {
		return "", err
	}
	var before answer
	err = testcar.Eventually(ctx, "wait for a trip that the next owner could see by mistake", func(ctx context.Context) error {
		before, err = ana.must(ctx, http.StatusOK, "GET", path+"/trips", nil)
		if err == nil && len(before.items()) == 0 {
			err = errors.New("there is none")
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if _, err := ana.must(ctx, http.StatusNoContent, "DELETE", path+"/owner", nil); err != nil {
		return "", err
	}
	if _, err := ana.must(ctx, http.StatusNotFound, "GET", path, nil); err != nil {
		return "", err
	}
	if err := w.handOver(ctx, v, "north", "ben"); err != nil {
		return "", err
	}
	ben, err := w.as(ctx, "ben")
	if err != nil {
		return "", err
	}
	for _, list := range []string{"/trips", "/healthreports", "/commands", "/alerts"} {
		page, err := ben.must(ctx, http.StatusOK, "GET", path+list, nil)
		if err != nil {
			return "", err
		}
		if len(page.items()) > 0 {
			return "", fmt.Errorf("the new owner sees %s of the one before: %.300s", list, page.body)
		}
	}
	climate, err := ben.must(ctx, http.StatusOK, "GET", path+"/shadow/climate", nil)
	if err != nil {
		return "", err
	}
	if len(climate.into) > 0 && climate.at("desired", "targetTemperatureC") != nil {
		return "", fmt.Errorf("the former owner's climate is still desired: %.300s", climate.body)
	}
	return fmt.Sprintf("ana gave it up, ben claimed it and sees none of %d trips before", len(before.items())), nil
}
