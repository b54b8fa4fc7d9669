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

// markLength is the number of bytes of a list's mark that its page tokens carry.
const markLength = 8

var errOtherPage = &answered{http.StatusBadRequest, errors.New("nextToken: allowed is that of the page before, with the same other parameters")}

// bindPages binds a list's pages to the list: its path, its filters and who asks. Where a page begins is the store's own word, and goes
// out under that mark; a page of another list is refused before a store sees it. The mark is no secret: stores look for nothing but what
// is in the list, wherever they begin.
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

// settable is a copy of a value, whose fields can be set.
func settable(v any) reflect.Value {
	out := reflect.New(reflect.TypeOf(v)).Elem()
	out.Set(reflect.ValueOf(v))
	return out
}

// replace has a pointer to a text point to another one.
func replace(pointer reflect.Value, s string) {
	fresh := reflect.New(pointer.Type().Elem())
	fresh.Elem().SetString(s)
	pointer.Set(fresh)
}

// tokenOf is the field NextToken of a struct; the zero Value without one.
func tokenOf(v reflect.Value) reflect.Value {
	if v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return v.FieldByName("NextToken")
}

// markOf stands for a list: everything of the question but which page, and how long.
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
