// Package sigv4 verifies requests that callers signed with AWS's Signature Version 4. The signature is in the header, or in the query for
// MQTT over WebSocket. The package signs the request again with the SDK's signer and the caller's key, and compares the signatures.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
package sigv4

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	timeFormat = "20060102T150405Z"
	// skew is the largest difference between the clocks that AWS allows.
	skew = 5 * time.Minute
	// longest is the longest validity of a signed URL.
	longest = 7 * 24 * time.Hour
	// unsignedPayload replaces the hash of a body that the signature does not cover.
	unsignedPayload = "UNSIGNED-PAYLOAD"
)

// Signature holds the fields of a request's signature.
type Signature struct {
	AccessKey, Date, Region, Service string
	Token                            string // session token; empty: a long-term key

	at      time.Time
	expires time.Duration // validity of a signed URL
	query   bool
	headers []string // headers that the signature covers
	value   string
}

// ErrUnsigned is the error for a request without a signature.
var ErrUnsigned = errors.New("request has no signature of version 4")

// Read reads the signature of a request. It does not verify the signature.
func Read(r *http.Request) (*Signature, error) {
	if q := r.URL.Query(); q.Get("X-Amz-Algorithm") != "" {
		return readQuery(q)
	}
	return readHeader(r.Header)
}

func readQuery(q url.Values) (*Signature, error) {
	s := &Signature{query: true, Token: q.Get("X-Amz-Security-Token"), value: q.Get("X-Amz-Signature"), headers: strings.Split(q.Get("X-Amz-SignedHeaders"), ";")}
	if a := q.Get("X-Amz-Algorithm"); a != algorithm {
		return nil, fmt.Errorf("X-Amz-Algorithm %q: allowed is %s", a, algorithm)
	}
	s.expires = longest
	if text := q.Get("X-Amz-Expires"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || time.Duration(n)*time.Second > longest {
			return nil, fmt.Errorf("X-Amz-Expires %q: allowed are 1 to %d", text, int(longest/time.Second))
		}
		s.expires = time.Duration(n) * time.Second
	}
	return s, s.read(q.Get("X-Amz-Credential"), q.Get("X-Amz-Date"))
}

func readHeader(h http.Header) (*Signature, error) {
	rest, ok := strings.CutPrefix(h.Get("Authorization"), algorithm+" ")
	if !ok {
		return nil, ErrUnsigned
	}
	s, credential := &Signature{Token: h.Get("X-Amz-Security-Token")}, ""
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			credential = value
		case "SignedHeaders":
			s.headers = strings.Split(value, ";")
		case "Signature":
			s.value = value
		}
	}
	return s, s.read(credential, h.Get("X-Amz-Date"))
}

func (s *Signature) read(credential, at string) error {
	scope := strings.Split(credential, "/")
	if len(scope) != 5 || scope[4] != "aws4_request" {
		return fmt.Errorf("credential %q: allowed is key/date/region/service/aws4_request", credential)
	}
	s.AccessKey, s.Date, s.Region, s.Service = scope[0], scope[1], scope[2], scope[3]
	var err error
	if s.at, err = time.Parse(timeFormat, at); err != nil {
		return fmt.Errorf("X-Amz-Date %q: allowed is a time such as 20261128T120000Z", at)
	}
	if !strings.HasPrefix(at, s.Date) {
		return fmt.Errorf("X-Amz-Date %s is not of the credential's day %s", at, s.Date)
	}
	if !slices.Contains(s.headers, "host") {
		return errors.New("the signature does not cover the header Host")
	}
	return nil
}

// For checks the region and the service of the signature.
func (s *Signature) For(region string, services ...string) error {
	if s.Region != region || !slices.Contains(services, s.Service) {
		return fmt.Errorf("signed for %s in %s: allowed are %s in %s", s.Service, s.Region, strings.Join(services, ", "), region)
	}
	return nil
}

// Key is the secret access key, and the session token, with which a request should be signed.
type Key struct{ Secret, Token string }

// Verify checks the request's signature, its time, and its body against the signed hash.
func (s *Signature) Verify(ctx context.Context, r *http.Request, body []byte, k Key, now time.Time) error {
	if err := s.checkTime(now); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(s.Token), []byte(k.Token)) != 1 {
		return errors.New("the security token is not the one of the access key")
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if signed := r.Header.Get("X-Amz-Content-Sha256"); signed != "" && !s.query {
		if signed != unsignedPayload && signed != hash {
			return errors.New("the body is not the one that was signed")
		}
		hash = signed
	}
	// The signature may cover the token, or the token may be added afterwards, as AWS IoT does.
	// https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html#mqtt-ws
	for _, token := range []string{k.Token, ""} {
		value, err := s.again(ctx, r, hash, Key{k.Secret, token})
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare([]byte(value), []byte(s.value)) == 1 {
			return nil
		}
	}
	return errors.New("the signature does not match the request and the access key")
}

func (s *Signature) checkTime(now time.Time) error {
	late := now.Sub(s.at)
	switch {
	case late < -skew:
		return fmt.Errorf("signed at %s, which is to come", s.at.Format(time.RFC3339))
	case s.query && late > s.expires:
		return fmt.Errorf("signed at %s for %s, which is over", s.at.Format(time.RFC3339), s.expires)
	case !s.query && late > skew:
		return fmt.Errorf("signed at %s, more than %s ago", s.at.Format(time.RFC3339), skew)
	}
	return nil
}

// again signs the signed parts of the request once more, and returns the signature.
func (s *Signature) again(ctx context.Context, r *http.Request, hash string, k Key) (string, error) {
	u := *r.URL
	u.Scheme, u.Host = "https", r.Host
	again := (&http.Request{Method: r.Method, URL: &u, Host: r.Host, Header: http.Header{}}).WithContext(ctx)
	for _, name := range s.headers {
		if name = http.CanonicalHeaderKey(name); name != "Host" && name != "Content-Length" && r.Header[name] != nil {
			again.Header[name] = slices.Clone(r.Header[name])
		}
	}
	if slices.Contains(s.headers, "content-length") {
		again.ContentLength = r.ContentLength
	}
	credentials := aws.Credentials{AccessKeyID: s.AccessKey, SecretAccessKey: k.Secret, SessionToken: k.Token}
	if s.query {
		return s.presignAgain(ctx, again, hash, credentials)
	}
	again.Header.Del("X-Amz-Date")
	if err := v4.NewSigner().SignHTTP(ctx, credentials, again, hash, s.Service, s.Region, s.at); err != nil {
		return "", fmt.Errorf("sign again: %w", err)
	}
	_, value, _ := strings.Cut(again.Header.Get("Authorization"), "Signature=")
	return value, nil
}

func (s *Signature) presignAgain(ctx context.Context, again *http.Request, hash string, c aws.Credentials) (string, error) {
	q := again.URL.Query()
	for _, name := range []string{"X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders"} {
		q.Del(name)
	}
	again.URL.RawQuery = q.Encode()
	address, _, err := v4.NewSigner().PresignHTTP(ctx, c, again, hash, s.Service, s.Region, s.at)
	if err != nil {
		return "", fmt.Errorf("sign again: %w", err)
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("sign again: %w", err)
	}
	return u.Query().Get("X-Amz-Signature"), nil
}
