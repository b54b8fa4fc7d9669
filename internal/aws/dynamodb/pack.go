package dynamodb

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// maxUnpacked is the largest size of an unpacked document, in bytes: several times the size of a row, so that a damaged row cannot exhaust
// the memory.
const maxUnpacked = 16 << 20

// pack encodes a document that only this package reads as compressed JSON, because a row has at most 400 KB.
func pack(document any) (types.AttributeValue, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if err := json.NewEncoder(w).Encode(document); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return &types.AttributeValueMemberB{Value: b.Bytes()}, nil
}

// unpack decodes an attribute that pack encoded.
func unpack(a types.AttributeValue, into any) error {
	packed, ok := a.(*types.AttributeValueMemberB)
	if !ok {
		return fmt.Errorf("the document is %T", a)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed.Value))
	if err != nil {
		return fmt.Errorf("decompress: %w", err)
	}
	if err := json.NewDecoder(io.LimitReader(r, maxUnpacked)).Decode(into); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return nil
}
