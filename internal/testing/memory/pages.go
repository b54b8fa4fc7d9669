package memory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
)

// cursorPrefix marks a text as a position in a list.
const cursorPrefix = "after "

// pageOf is a page of a list that is sorted by position, the last position first.
func pageOf[T any](all []T, p paging.Request, position func(T) string) (paging.Page[T], error) {
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(position(b), position(a)) })
	if p.After != "" {
		after, ok := strings.CutPrefix(p.After, cursorPrefix)
		if !ok {
			return paging.Page[T]{}, errs.As(errs.Invalid, fmt.Errorf("the page %.40q is none that a list gave", p.After))
		}
		all = slices.DeleteFunc(all, func(t T) bool { return position(t) >= after })
	}
	if len(all) <= p.Size() {
		return paging.Page[T]{Items: all}, nil
	}
	return paging.Page[T]{Items: all[:p.Size()], Next: cursorPrefix + position(all[p.Size()-1])}, nil
}
