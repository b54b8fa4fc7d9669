package optimistic

import "reflect"

// Difference returns the writes and removals that turn the rows before into those after. id returns a row's id.
func Difference[T any](before, after []T, id func(T) string) (put []T, remove []string) {
	old := make(map[string]T, len(before))
	for _, row := range before {
		old[id(row)] = row
	}
	for _, row := range after {
		if was, there := old[id(row)]; !there || !reflect.DeepEqual(was, row) {
			put = append(put, row)
		}
		delete(old, id(row))
	}
	for _, row := range before {
		if _, gone := old[id(row)]; gone {
			remove = append(remove, id(row))
		}
	}
	return put, remove
}
