package redrive

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// ledgerAPI lists the calls of Amazon S3 that a Ledger makes.
type ledgerAPI interface {
	s3.ListObjectsV2APIClient
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// Ledger records the messages that were brought back, and archives those that were dropped. A record on a stream can carry no mark, and a
// function that rejects the record writes a new failure. The marks are therefore objects in the bucket of failures, named for the
// message's id, and expire by the bucket's lifecycle.
type Ledger struct {
	API    ledgerAPI
	Bucket string
	Now    func() time.Time
}

const (
	returnedFolder = "redrive/returned/" // followed by ID/FIRST-RETURNED-OCCURRENCE, times in milliseconds since 1970
	droppedFolder  = "redrive/dropped/"  // followed by KIND/DATE/ID-SENT.json, SENT in milliseconds since 1970
)

// mark records that a message was brought back.
type mark struct {
	first, returned time.Time
	occurrence      string
}

// history holds the marks of each message, by its id.
type history map[string][]mark

func (l Ledger) load(ctx context.Context) (history, error) {
	h := history{}
	pages := s3.NewListObjectsV2Paginator(l.API, &s3.ListObjectsV2Input{Bucket: &l.Bucket, Prefix: aws.String(returnedFolder)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read which messages were brought back, in bucket %s: %w", l.Bucket, err)
		}
		for _, o := range page.Contents {
			id, m, ok := parseMark(aws.ToString(o.Key))
			if ok {
				h[id] = append(h[id], m)
			}
		}
	}
	return h, nil
}

func parseMark(key string) (string, mark, bool) {
	id, name, ok := strings.Cut(strings.TrimPrefix(key, returnedFolder), "/")
	parts := strings.SplitN(name, "-", 3)
	if !ok || len(parts) != 3 {
		return "", mark{}, false
	}
	first, err1 := strconv.ParseInt(parts[0], 10, 64)
	returned, err2 := strconv.ParseInt(parts[1], 10, 64)
	return id, mark{time.UnixMilli(first).UTC(), time.UnixMilli(returned).UTC(), parts[2]}, err1 == nil && err2 == nil
}

// note stores a mark that a message was brought back.
func (l Ledger) note(ctx context.Context, i Item, h history) error {
	m := mark{h.first(i), l.Now().UTC(), i.Occurrence}
	for _, id := range i.IDs {
		key := fmt.Sprintf("%s%s/%d-%d-%s", returnedFolder, id, m.first.UnixMilli(), m.returned.UnixMilli(), m.occurrence)
		if _, err := l.API.PutObject(ctx, &s3.PutObjectInput{Bucket: &l.Bucket, Key: &key, Body: bytes.NewReader(nil)}); err != nil {
			return fmt.Errorf("note in bucket %s that message %s was brought back: %w", l.Bucket, id, err)
		}
	}
	h.note(i, m)
	return nil
}

// archive stores a failure, as it was in the queue, before it is deleted.
func (l Ledger) archive(ctx context.Context, e Entry, f Failure) error {
	body, err := json.MarshalIndent(struct {
		Entry
		Body string `json:"body"`
	}{e, f.Body}, "", "  ")
	if err != nil {
		return fmt.Errorf("encode message %s for the archive: %w", e.ID, err)
	}
	key := fmt.Sprintf("%s%s/%s/%s-%d.json", droppedFolder, e.Kind, l.Now().UTC().Format(time.DateOnly), e.ID, f.SentAt.UnixMilli())
	if err := (Bucket{API: l.API, Name: l.Bucket}).Put(ctx, key, body); err != nil {
		return fmt.Errorf("archive message %s: %w", e.ID, err)
	}
	return nil
}

func (h history) note(i Item, m mark) {
	m.occurrence = i.Occurrence
	for _, id := range i.IDs {
		h[id] = append(h[id], m)
	}
}

// first returns the time at which the platform first received the message, also if it was brought back since.
func (h history) first(i Item) time.Time {
	first := i.First
	for _, id := range i.IDs {
		for _, m := range h[id] {
			if !m.first.IsZero() && m.first.Before(first) {
				first = m.first
			}
		}
	}
	return first
}

// copy reports whether this failure was already brought back from another queue.
func (h history) copy(i Item) bool {
	for _, m := range h[i.IDs[0]] {
		if i.Occurrence != "" && m.occurrence == i.Occurrence {
			return true
		}
	}
	return false
}

// refusal returns the reason not to bring back a message that was brought back before and failed again; empty if there is none.
func (h history) refusal(i Item) string {
	if h.copy(i) {
		return ""
	}
	for _, id := range i.IDs {
		if len(h[id]) > 0 {
			return "it was brought back before: if it failed again, mend the cause and run --again; or drop it"
		}
	}
	return ""
}
