package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type apiCall struct {
	data    string
	headers []string
	as      string
	all     bool
	raw     bool
	timeout time.Duration
	client  *http.Client
}

func apiCommand(t *target) *cobra.Command {
	var o apiCall
	cmd := &cobra.Command{
		Use:   "api METHOD PATH",
		Short: "Call the platform's REST API as who is signed in",
		Long: "Calls the API and prints the answer's JSON. An error of the API is printed readably and makes carctl fail.\n\n" +
			"--as names another person: somebody signed in on this machine, or somebody of the local platform's description, who\n" +
			"is signed in when needed. A POST gets an idempotency key of its own unless --header gives one.",
		Example: "  carctl api GET /v1/vehicles --all\n" +
			"  carctl api PATCH /v1/vehicles/1ACEV26S0TA000001/shadow/climate --data '{\"desired\":{\"targetTemperatureC\":21.5}}' --header 'If-Match: \"7\"'\n" +
			"  carctl api POST /v1/claims --data @claim.json --as ana@example.com",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, t, args[0], args[1]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.data, "data", "", "JSON to send, @FILE, or - for standard input")
	f.StringArrayVar(&o.headers, "header", nil, "header to send, as 'Name: value'; may be repeated")
	f.StringVar(&o.as, "as", "", "e-mail address of the person to act for, instead of who signed in last")
	f.BoolVar(&o.all, "all", false, "follow nextToken and print the items of all pages, one JSON object a line")
	f.BoolVar(&o.raw, "raw", false, "print the answer as it came")
	f.DurationVar(&o.timeout, "timeout", time.Minute, "how long one call may take")
	return cmd
}

// methods are the HTTP methods of the API.
func methods() []string {
	return []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
}

func (o apiCall) run(cmd *cobra.Command, t *target, method, path string) error {
	method = strings.ToUpper(method)
	if !slices.Contains(methods(), method) {
		return fmt.Errorf("method %q: allowed are %s", method, strings.Join(methods(), ", "))
	}
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("path %q: allowed are paths that begin with /, such as /v1/vehicles", path)
	}
	if o.all && method != http.MethodGet {
		return fmt.Errorf("--all is for GET, not %s", method)
	}
	body, err := o.body(cmd.InOrStdin())
	if err != nil {
		return err
	}
	header, err := o.header(method, body)
	if err != nil {
		return err
	}
	base, token, err := o.signIn(cmd.Context(), t)
	if err != nil {
		return err
	}
	header.Set("Authorization", "Bearer "+token)
	address := base + path
	if o.all {
		return o.pages(cmd, address, header)
	}
	answer, err := o.call(cmd.Context(), method, address, header, body)
	if err != nil {
		return err
	}
	return o.print(cmd.OutOrStdout(), answer)
}

// signIn sets up the client for the user's calls. It returns the API's address without a trailing slash, and the user's token.
func (o *apiCall) signIn(ctx context.Context, t *target) (base, token string, err error) {
	s, err := t.session(ctx)
	if err != nil {
		return "", "", err
	}
	if base, err = s.where.apiURL(); err != nil {
		return "", "", err
	}
	if token, err = s.bearer(ctx, o.as); err != nil {
		return "", "", err
	}
	o.client = &http.Client{
		Transport:     s.where.web,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return strings.TrimSuffix(base, "/"), token, nil
}

// body reads the request body from the value of --data.
func (o apiCall) body(stdin io.Reader) ([]byte, error) {
	var b []byte
	var err error
	switch file, isFile := strings.CutPrefix(o.data, "@"); {
	case o.data == "":
		return nil, nil
	case o.data == "-":
		b, err = io.ReadAll(stdin)
	case isFile:
		b, err = os.ReadFile(file)
	default:
		b = []byte(o.data)
	}
	if err != nil {
		return nil, fmt.Errorf("read --data: %w", err)
	}
	if !json.Valid(b) {
		return nil, errors.New("--data is not JSON")
	}
	return b, nil
}

func (o apiCall) header(method string, body []byte) (http.Header, error) {
	h := http.Header{"Accept": {"application/json, application/problem+json"}, "User-Agent": {"carctl"}}
	if body != nil {
		h.Set("Content-Type", "application/json")
	}
	if method == http.MethodPost {
		h.Set("Idempotency-Key", rand.Text())
	}
	for _, line := range o.headers {
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, fmt.Errorf("--header %q: allowed is 'Name: value'", line)
		}
		h.Set(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return h, nil
}

// maxAnswer is the largest response of API Gateway, in bytes.
const maxAnswer = 10 << 20

// call makes one call and returns the body of the response. An error response is a *problem.
func (o apiCall) call(ctx context.Context, method, address string, header http.Header, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	req.Header = header
	resp, err := o.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("call the API: %w", err)
	}
	defer resp.Body.Close() // only read, so the error does not matter
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the API's answer: %w", err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, problemOf(resp, answer)
	}
	return answer, nil
}

func (o apiCall) print(out io.Writer, answer []byte) error {
	if len(bytes.TrimSpace(answer)) == 0 {
		return nil
	}
	var indented bytes.Buffer
	if o.raw || json.Indent(&indented, answer, "", "  ") != nil {
		_, err := out.Write(answer)
		return err
	}
	indented.WriteByte('\n')
	_, err := indented.WriteTo(out)
	return err
}

// pages prints the items of all pages.
func (o apiCall) pages(cmd *cobra.Command, address string, header http.Header) error {
	next, seen := "", map[string]bool{}
	for {
		u, err := url.Parse(address)
		if err != nil {
			return fmt.Errorf("path: %w", err)
		}
		if next != "" {
			q := u.Query()
			q.Set("nextToken", next)
			u.RawQuery = q.Encode()
		}
		answer, err := o.call(cmd.Context(), http.MethodGet, u.String(), header, nil)
		if err != nil {
			return err
		}
		var page struct {
			Items []json.RawMessage `json:"items"`
			Next  string            `json:"nextToken"`
		}
		if err := json.Unmarshal(answer, &page); err != nil || page.Items == nil {
			return errors.New("--all: the answer is no list: it has no items")
		}
		for _, item := range page.Items {
			if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n", bytes.TrimSpace(item)); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		if seen[page.Next] {
			return errors.New("--all: the API gave the same nextToken twice")
		}
		next, seen[page.Next] = page.Next, true
	}
}
