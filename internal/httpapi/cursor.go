package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"reflect"

	"connectedcar/internal/httpapi/oapi"
)

// markLength is the number of bytes of the list's hash (markOf) in its page tokens.
const markLength = 8

var errOtherPage = &answered{http.StatusBadRequest, errors.New("nextToken: allowed is that of the page before, with the same other parameters")}

// bindPages binds a page token to its list: the path, the filters and the caller. The token is the store's own one after a hash of the
// list; a token of another list is rejected before a store sees it. The hash is not a secret: stores return only items of the list,
// wherever a page begins.
func bindPages(next oapi.StrictHandlerFunc, _ string) oapi.StrictHandlerFunc {
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request, request any) (any, error) {
		mark := markOf(r, askedOf(ctx).principal.ID)
		in := settable(request)
		if params := in.FieldByName("Params"); params.IsValid() {
			token := tokenOf(params)
			if token.IsValid() && !token.IsNil() {
				inner, ok := openToken(token.Elem().String(), mark)
				if !ok {
					return nil, errOtherPage
				}
				replace(token, inner)
			}
		}
		response, err := next(ctx, w, r, in.Interface())
		if err != nil || response == nil {
			return response, err
		}
		out := settable(response)
		if token := tokenOf(out); token.IsValid() && !token.IsNil() {
			replace(token, closeToken(token.Elem().String(), mark))
		}
		return out.Interface(), nil
	}
}

// settable returns a copy of a value, whose fields can be set.
func settable(v any) reflect.Value {
	out := reflect.New(reflect.TypeOf(v)).Elem()
	out.Set(reflect.ValueOf(v))
	return out
}

// replace sets a pointer to a new text.
func replace(pointer reflect.Value, s string) {
	fresh := reflect.New(pointer.Type().Elem())
	fresh.Elem().SetString(s)
	pointer.Set(fresh)
}

// tokenOf returns the field NextToken of a struct; the zero Value if it has none.
func tokenOf(v reflect.Value) reflect.Value {
	if v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return v.FieldByName("NextToken")
}

// markOf returns a hash that identifies a list: everything in the request except the page token and the page size.
func markOf(r *http.Request, user string) []byte {
	filters := url.Values{}
	for name, values := range r.URL.Query() {
		if name != "nextToken" && name != "limit" {
			filters[name] = values
		}
	}
	sum := sha256.Sum256([]byte(r.URL.Path + "\x00" + filters.Encode() + "\x00" + user))
	return sum[:markLength]
}

func closeToken(inner string, mark []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(bytes.Clone(mark), inner...))
}

func openToken(token string, mark []byte) (inner string, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) <= markLength || !bytes.Equal(b[:markLength], mark) {
		return "", false
	}
	return string(b[markLength:]), true
}
