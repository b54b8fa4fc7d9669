package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

// If a manufacturer could announce another's VINs first, the other would get 409 and its cars would be denied.
func TestNoMakerAnnouncesVINsOfAnother(t *testing.T) {
	w := newWhole(t, newPool(t))
	answer := w.ask("maker", http.MethodPost, "/v1/vehicles", `{"vin":"9XXEV26S0TA000001","manufacturerId":"acme"}`)
	assert.Equal(t, http.StatusForbidden, answer.Code, answer.Body.String())
	answer = w.ask("maker", http.MethodPost, "/v1/vehicles", `{"vin":"1ACEV26S0TA000009","manufacturerId":"acme"}`)
	assert.Equal(t, http.StatusCreated, answer.Code, answer.Body.String())
}
