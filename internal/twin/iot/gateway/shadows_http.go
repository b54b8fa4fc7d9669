package gateway

import (
	"io"
	"net/http"
	"strconv"

	"connectedcar/internal/twin/iot/gateway/shadow"
)

// shadowOperations maps the API's methods to operations on a shadow.
var shadowOperations = map[string]string{http.MethodGet: shadowGet, http.MethodPost: shadowUpdate, http.MethodDelete: shadowDelete}

// thingShadowHTTP implements GetThingShadow, UpdateThingShadow and DeleteThingShadow.
func (g *Gateway) thingShadowHTTP(w http.ResponseWriter, r *http.Request) {
	operation, ok := shadowOperations[r.Method]
	if !ok {
		writeError(w, apiError{http.StatusMethodNotAllowed, "MethodNotAllowedException", "allowed are GET, POST and DELETE"})
		return
	}
	payload, err := io.ReadAll(io.LimitReader(r.Body, shadow.MaxRequest+1))
	if err != nil {
		writeError(w, badRequest("read the request: %v", err))
		return
	}
	if operation != shadowUpdate {
		payload = nil
	}
	out, bad := g.shadowDo(g.work, shadow.Key{Thing: r.PathValue("thing"), Name: r.URL.Query().Get("name")}, operation, payload)
	if bad != nil {
		writeError(w, apiError{bad.Code, shadowExceptions[bad.Code], bad.Message})
		return
	}
	writeJSON(w, http.StatusOK, out)
}

// shadowExceptions maps the shadow service's codes to the API's exception names.
var shadowExceptions = map[int]string{
	http.StatusBadRequest:            "InvalidRequestException",
	http.StatusNotFound:              "ResourceNotFoundException",
	http.StatusConflict:              "ConflictException",
	http.StatusRequestEntityTooLarge: "RequestEntityTooLargeException",
	http.StatusInternalServerError:   "InternalFailureException",
}

// listShadows implements ListNamedShadowsForThing. The token for the next page is the last name of this page.
func (g *Gateway) listShadows(w http.ResponseWriter, r *http.Request) {
	q, size := r.URL.Query(), shadow.DefaultPage
	if text := q.Get("pageSize"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > shadow.MaxPage {
			writeError(w, badRequest("pageSize %q: allowed are 1 to %d", text, shadow.MaxPage))
			return
		}
		size = n
	}
	names, more := g.shadows.Names(r.PathValue("thing"), q.Get("nextToken"), size)
	out := map[string]any{"results": names, "timestamp": g.now().Unix()}
	if more {
		out["nextToken"] = names[len(names)-1]
	}
	writeJSON(w, http.StatusOK, out)
}
