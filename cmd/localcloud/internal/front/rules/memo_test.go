package rules_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/cmd/localcloud/internal/front"
	"connectedcar/cmd/localcloud/internal/front/awsmodel"
	"connectedcar/cmd/localcloud/internal/front/rules"
)

func TestATableIsDescribedOnceUntilItChanges(t *testing.T) {
	asked := 0
	ask := func(ctx context.Context, region, service, operation string, input map[string]any) (map[string]any, error) {
		asked++
		return answers(table)(ctx, region, service, operation, input)
	}
	check := rules.NewCheck(rules.Table(), ask, slog.New(slog.DiscardHandler))
	call := func(operation string, input m) *front.Refusal {
		model := awsmodel.Get("dynamodb")
		return check(t.Context(), &front.Call{Service: "dynamodb", Operation: operation, Model: model, Op: model.Operations[operation], Input: input})
	}
	assert.Nil(t, call("PutItem", item("1")))
	assert.Nil(t, call("PutItem", item("2")))
	assert.Equal(t, 1, asked, "five rules and two calls need it")
	assert.Nil(t, call("UpdateTable", m{"TableName": "t"}))
	assert.NotNil(t, call("PutItem", item("")))
	assert.Equal(t, 2, asked)
}
