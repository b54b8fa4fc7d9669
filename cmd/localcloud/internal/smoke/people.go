package smoke

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/tool/devusers"
)

// person is a signed-in user of the API.
type person struct {
	name   string
	url    string
	token  string
	client *http.Client
}

// callLimit bounds one call of the API.
const callLimit = 30 * time.Second

// as returns the user with that name, signed in with a real token. Each user signs in once.
func (w *world) as(ctx context.Context, name string) (*person, error) {
	if p, ok := w.people[name]; ok {
		return p, nil
	}
	user, err := w.Platform.User(name + "@example.com")
	if err != nil {
		return nil, err
	}
	tokens, err := cognito.NewClient(w.AWS, w.Platform.UserPoolClientID).SignIn(ctx, devusers.Credentials(user))
	if err != nil {
		return nil, fmt.Errorf("sign in as %s: %w", name, err)
	}
	p := &person{name: name, url: w.Platform.APIURL, token: tokens.Access, client: &http.Client{Transport: w.Web, Timeout: callLimit}}
	if w.people == nil {
		w.people = map[string]*person{}
	}
	w.people[name] = p
	return p, nil
}

// answer is a response of the API.
type answer struct {
	status int
	etag   string
	body   []byte
	into   map[string]any
}

// call sends a request to the API. header alternates names and values.
func (p *person) call(ctx context.Context, method, path string, body any, header ...string) (answer, error) {
	var payload io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return answer{}, fmt.Errorf("encode the body: %w", err)
		}
		payload = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.url+path, payload)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for n := 0; n+1 < len(header); n += 2 {
		req.Header.Set(header[n], header[n+1])
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer resp.Body.Close() // read-only: a close error loses nothing
	a := answer{status: resp.StatusCode, etag: resp.Header.Get("ETag")}
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if len(a.body) > 0 && strings.Contains(resp.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(a.body, &a.into); err != nil {
			return answer{}, fmt.Errorf("%s %s: answer %.200q: %w", method, path, a.body, err)
		}
	}
	return a, nil
}

// must calls the API and fails unless the response has the wanted status.
func (p *person) must(ctx context.Context, want int, method, path string, body any, header ...string) (answer, error) {
	a, err := p.call(ctx, method, path, body, header...)
	if err == nil && a.status != want {
		err = fmt.Errorf("%s %s as %s: %d, want %d: %.300s", method, path, p.name, a.status, want, a.body)
	}
	return a, err
}

// items returns the items of a page.
func (a answer) items() []map[string]any {
	list, _ := a.into["items"].([]any)
	var out []map[string]any
	for _, i := range list {
		if m, ok := i.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// at returns the value at a path of member names in the response.
func (a answer) at(path ...string) any {
	var v any = a.into
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}
