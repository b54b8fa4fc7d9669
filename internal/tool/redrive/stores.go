package redrive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// objectAPI lists the calls of Amazon S3 that a Bucket makes.
type objectAPI interface {
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// Bucket is the bucket of raw messages.
type Bucket struct {
	API  objectAPI
	Name string
}

// Put writes an object with that key.
func (b Bucket) Put(ctx context.Context, key string, body []byte) error {
	_, err := b.API.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.Name, Key: &key, Body: bytes.NewReader(body), ContentType: aws.String("application/json"),
	})
	if err != nil {
		return fmt.Errorf("write object to %s: %w", b.Name, err)
	}
	return nil
}

// rawKey returns the object key that the rule would give a message: its kind, its car and the time of reception. The end of the key is a
// hash of the message, so bringing the message back twice writes one object.
func rawKey(kind names.Kind, car vin.VIN, f Failure) string {
	sum := sha256.Sum256([]byte(f.Body))
	return fmt.Sprintf("raw/%s/vin=%s/%d-redrive-%s.json", kind, car, f.SentAt.UnixMilli(), hex.EncodeToString(sum[:8]))
}

// tableAPI lists the calls of Amazon DynamoDB that a Table makes.
type tableAPI interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
}

// Table is a table into which a rule writes messages, with one attribute per top-level field.
type Table struct {
	API  tableAPI
	Name string
}

// Put writes a message as an item, over an item with the same key.
func (t Table) Put(ctx context.Context, message []byte) error {
	var fields map[string]any
	d := json.NewDecoder(bytes.NewReader(message))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil {
		return fmt.Errorf("decode message: %w", err)
	}
	numbers(fields)
	item, err := attributevalue.MarshalMap(fields)
	if err != nil {
		return fmt.Errorf("encode item: %w", err)
	}
	if _, err := t.API.PutItem(ctx, &dynamodb.PutItemInput{TableName: &t.Name, Item: item}); err != nil {
		return fmt.Errorf("write item to %s: %w", t.Name, err)
	}
	return nil
}

// numbers converts JSON numbers to DynamoDB's without losing digits.
func numbers(v any) any {
	switch x := v.(type) {
	case json.Number:
		return attributevalue.Number(x.String())
	case []any:
		for i := range x {
			x[i] = numbers(x[i])
		}
	case map[string]any:
		for k := range x {
			x[k] = numbers(x[k])
		}
	}
	return v
}
