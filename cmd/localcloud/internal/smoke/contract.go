package smoke

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// searchFor is the duration of the contract test for each of the two users.
const searchFor = 30 * time.Second

// holdsTheContract runs schemathesis on every operation with valid and invalid requests, as a driver and as an operator. No response may be
// a server error or violate the contract.
func holdsTheContract(ctx context.Context, w *world) (string, error) {
	if w.Schemathesis == "" {
		return "", errors.New("schemathesis is not installed: `make install`")
	}
	if _, err := w.owned(ctx); err != nil {
		return "", err
	}
	scratch, err := os.MkdirTemp("", "schemathesis") // schemathesis writes files to its working directory
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch) // a temporary folder: a leftover is harmless
	var said []string
	for _, name := range []string{"ana", "operator"} {
		p, err := w.as(ctx, name)
		if err != nil {
			return "", err
		}
		cmd := exec.CommandContext(ctx, w.Schemathesis, "run", w.Contract, "--url", p.url, "--no-color", "--workers", "1",
			"--header", "Authorization: Bearer "+p.token, "--max-time", fmt.Sprint(int(searchFor.Seconds())), "--generation-database", "none",
			"--phases", "examples,coverage,fuzzing", "--request-timeout", "29",
			"--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance")
		cmd.Dir, cmd.Env = scratch, w.Environment
		out, err := cmd.CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("as %s: %w\n%s", name, err, tail(string(out), 60))
		}
		said = append(said, name+": "+summary(string(out)))
	}
	return strings.Join(said, "; "), nil
}

var casesPattern = regexp.MustCompile(`\d+ generated[^\n]*|\d+ test cases?[^\n]*`)

// summary matches the number of calls in schemathesis' output.
func summary(out string) string {
	if found := casesPattern.FindString(out); found != "" {
		return strings.TrimSpace(found)
	}
	return "no failure"
}

// tail returns the last lines of a program's output.
func tail(s string, lines int) string {
	all := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// The load of bearsACrowd.
const (
	crowd    = 100
	crowdFor = 30 * time.Second
)

// bearsACrowd has a hundred concurrent users read a car repeatedly.
func bearsACrowd(ctx context.Context, w *world) (string, error) {
	v, err := w.owned(ctx)
	if err != nil {
		return "", err
	}
	var people []*person
	for _, name := range []string{"ana", "north", "acme", "operator"} {
		p, err := w.as(ctx, name)
		if err != nil {
			return "", err
		}
		people = append(people, p)
	}
	ctx, cancel := context.WithTimeout(ctx, crowdFor+2*callLimit)
	defer cancel()
	until := time.Now().Add(crowdFor)
	var mu sync.Mutex
	var took []time.Duration
	var failed []error
	var all sync.WaitGroup
	for n := range crowd {
		p := *people[n%len(people)]
		p.client = &http.Client{Transport: w.Web, Timeout: callLimit}
		all.Go(func() {
			for i := 0; time.Now().Before(until); i++ {
				start := time.Now()
				path := []string{"", "/state", "/diagnostics", "/healthreports"}[i%4]
				_, err := p.must(ctx, http.StatusOK, "GET", "/v1/vehicles/"+string(v)+path, nil)
				mu.Lock()
				took = append(took, time.Since(start))
				if err != nil {
					failed = append(failed, err)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(failed) > 0 {
		return "", fmt.Errorf("%d of %d calls failed, the first: %w", len(failed), len(took), failed[0])
	}
	slices.Sort(took)
	at := func(share float64) time.Duration {
		return took[int(share*float64(len(took)-1))].Round(time.Millisecond)
	}
	return fmt.Sprintf("%d people for %s: %d calls, none failed, half within %s, 99 %% within %s", crowd, crowdFor, len(took), at(0.5), at(0.99)), nil
}
