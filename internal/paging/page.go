// Package paging has the request and the result of a page of a list: newest first unless a list says otherwise, a page at a time, each page from where the last
// one ended.
// https://google.aip.dev/158
package paging

// MaxLimit is the most items of a page, and DefaultLimit how many a page has if nobody says.
const (
	MaxLimit     = 100
	DefaultLimit = 25
)

// Request names the page that is wanted.
type Request struct {
	Limit int    // 1 to MaxLimit; 0 means DefaultLimit
	After string // Page.Next of the page before; empty for the first
}

// Size is the largest number of items on the page.
func (r Request) Size() int {
	if r.Limit < 1 {
		return DefaultLimit
	}
	return min(r.Limit, MaxLimit)
}

// Page is some items of a list.
type Page[T any] struct {
	Items []T
	Next  string // where the next page begins; empty if this is the last. Only the store that gave it can read it.
}
