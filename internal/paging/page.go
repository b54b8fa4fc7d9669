// Package paging has the request and the result for one page of a list. Lists are sorted newest first, unless documented otherwise. A page
// ends with a token, and the next page begins there.
// https://google.aip.dev/158
package paging

// MaxLimit is the largest number of items on a page, and DefaultLimit the number if the request gives none.
const (
	MaxLimit     = 100
	DefaultLimit = 25
)

// Request selects a page.
type Request struct {
	Limit int    // 1 to MaxLimit; 0 means DefaultLimit
	After string // Page.Next of the preceding page; empty for the first page
}

// Size returns the largest number of items on the page: Limit, with its default and its bounds applied.
func (r Request) Size() int {
	if r.Limit < 1 {
		return DefaultLimit
	}
	return min(r.Limit, MaxLimit)
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	Next  string // token of the next page, readable only by the store that made it; empty if this is the last page
}
