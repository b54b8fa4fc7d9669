package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestACommandNamesNoReportThatThereIs(t *testing.T) {
	w := newWhole(t, newPool(t))
	const car = "/v1/vehicles/" + string(theCar)
	for _, name := range []string{"owner", "friend"} {
		w.read(w.ask(name, "POST", car+"/commands", `{"kind":"healthreport","parameters":{"reportId":"`+anID+`"}}`), 400)
	}
	assert.Empty(t, w.sent)
	w.read(w.ask("friend", "POST", car+"/healthreports", ""), 202)
	assert.Len(t, w.sent, 1)
	assert.NotContains(t, w.sent[0], anID)
}
