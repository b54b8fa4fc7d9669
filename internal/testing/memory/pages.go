package memory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
)

// cursorPrefix marks a string as the cursor of a page.
const cursorPrefix = "after "

// pageOf returns a page of a list, sorted by position in descending order.
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
