package optimistic_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/domain/optimistic"
)

func TestDifferenceHasChangesAlone(t *testing.T) {
	type row struct {
		id    string
		value []int
	}
	before := []row{{"same", []int{1}}, {"other", []int{2}}, {"gone", []int{3}}}
	after := []row{{"same", []int{1}}, {"other", []int{4}}, {"new", nil}}
	put, remove := optimistic.Difference(before, after, func(r row) string { return r.id })
	assert.Equal(t, []row{{"other", []int{4}}, {"new", nil}}, put)
	assert.Equal(t, []string{"gone"}, remove)
}
