package paging_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/paging"
)

func TestAPageHasNoMoreThanTheLimit(t *testing.T) {
	for asked, want := range map[int]int{-1: paging.DefaultLimit, 0: paging.DefaultLimit, 1: 1, paging.MaxLimit: paging.MaxLimit, paging.MaxLimit + 1: paging.MaxLimit, 1 << 40: paging.MaxLimit} {
		assert.Equal(t, want, paging.Request{Limit: asked}.Size(), "%d", asked)
	}
}
