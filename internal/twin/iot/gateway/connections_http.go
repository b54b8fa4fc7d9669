package gateway

import (
	"fmt"
	"net/http"
	"strconv"
)

// deleteConnection implements DeleteConnection: it ends a client's connection.
// https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_DeleteConnection.html
func (g *Gateway) deleteConnection(w http.ResponseWriter, r *http.Request) {
	id, q := r.PathValue("client"), r.URL.Query()
	if id == "" || len(id) > maxClientID || id[0] == '$' {
		writeError(w, badRequest("clientId of %d bytes: allowed are 1 to %d, not beginning with $", len(id), maxClientID))
		return
	}
	clean, err := flag(q.Get("cleanSession"))
	quiet, bad := flag(q.Get("preventWillMessage"))
	if err != nil || bad != nil {
		writeError(w, badRequest("cleanSession and preventWillMessage: allowed are true and false"))
		return
	}
	if !g.broker.Disconnect(id, clean, quiet) {
		writeError(w, apiError{http.StatusNotFound, "ResourceNotFoundException", fmt.Sprintf("client %s is not connected", id)})
		return
	}
	g.log.Info("connection ended through the API", "client_id", id, "clean_session", clean)
	w.WriteHeader(http.StatusOK)
}

// flag parses a Boolean parameter. An absent one is false.
func flag(text string) (bool, error) {
	if text == "" {
		return false, nil
	}
	return strconv.ParseBool(text)
}
