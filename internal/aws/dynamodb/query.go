package dynamodb

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
)

// maxRounds bounds the queries for one page of a list with a filter. DynamoDB's limit counts the rows that a query reads, not those that
// pass the filter, so a page may have fewer rows than requested, even none, without being the last.
const maxRounds = 20

// PageBytes is the size in bytes at which a page ends before its limit of items: a response of AWS Lambda has at most 6 MB, and the last
// query of a page adds up to 1 MB.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const PageBytes = 512 << 10

// query reads one page of a list and returns its rows and the cursor of the next page; "" if this was the last. The cursor of another
// query is errs.Invalid.
func query(ctx context.Context, api API, in *dynamodb.QueryInput, p paging.Request) ([]item, string, error) {
	start, err := readCursor(p.After)
	if err != nil {
		return nil, "", err
	}
	call := *in
	var rows []item
	size := 0
	for range maxRounds {
		call.ExclusiveStartKey = start
		call.Limit = aws.Int32(int32(p.Size() - len(rows))) // at most paging.MaxLimit, so it fits
		out, err := api.Query(ctx, &call)
		if err != nil {
			err = awsconfig.Sort(err)
			if p.After != "" && errs.Of(err) == errs.Invalid {
				return nil, "", errs.As(errs.Invalid, fmt.Errorf("the list has no page that begins there: %w", err))
			}
			return nil, "", err
		}
		rows = append(rows, out.Items...)
		for _, it := range out.Items {
			size += sizeOf(it)
		}
		start = out.LastEvaluatedKey
		if len(start) == 0 || len(rows) >= p.Size() || size >= PageBytes {
			break
		}
	}
	next, err := writeCursor(start)
	return rows, next, err
}

// writeCursor encodes the keys of a row, which are strings in every table, as base64url of JSON.
func writeCursor(key item) (string, error) {
	if len(key) == 0 {
		return "", nil
	}
	texts := make(map[string]string, len(key))
	for name := range key {
		texts[name] = textOf(key, name)
	}
	b, err := json.Marshal(texts)
	if err != nil {
		return "", fmt.Errorf("encode a cursor: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

func readCursor(s string) (item, error) {
	if s == "" {
		return nil, nil
	}
	texts := map[string]string{}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &texts)
	}
	if err != nil || len(texts) == 0 {
		return nil, errs.As(errs.Invalid, fmt.Errorf("the page %.40q is none that a list gave", s))
	}
	key := make(item, len(texts))
	for name, value := range texts {
		key[name] = text(value)
	}
	return key, nil
}
