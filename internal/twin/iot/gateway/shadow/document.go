package shadow

import (
	"encoding/json"
	"reflect"
	"time"
)

// Response is the response to a request, and the content of a delta.
// https://docs.aws.amazon.com/iot/latest/developerguide/device-shadow-document.html
type Response struct {
	State       any    `json:"state,omitempty"`
	Metadata    any    `json:"metadata,omitempty"`
	Version     int64  `json:"version"`
	Timestamp   int64  `json:"timestamp"` // seconds since 1970
	ClientToken string `json:"clientToken,omitempty"`
}

// Documents holds the document before and after an update.
type Documents struct {
	Previous    image  `json:"previous"`
	Current     image  `json:"current"`
	Timestamp   int64  `json:"timestamp"`
	ClientToken string `json:"clientToken,omitempty"`
}

type image struct {
	State    any   `json:"state"`
	Metadata any   `json:"metadata"`
	Version  int64 `json:"version"`
}

// sections returns desired and reported, without an empty one.
func sections(desired, reported map[string]any) map[string]any {
	out := map[string]any{}
	if len(desired) > 0 {
		out["desired"] = desired
	}
	if len(reported) > 0 {
		out["reported"] = reported
	}
	return out
}

func (d document) image() image {
	return image{sections(d.Desired, d.Reported), sections(d.DesiredMeta, d.ReportedMeta), d.Version}
}

// response is the document in the form that get returns.
func (d document) response(now time.Time, token string) Response {
	state := sections(d.Desired, d.Reported)
	if delta, _ := difference(d.Desired, d.Reported, d.DesiredMeta); len(delta) > 0 {
		state["delta"] = delta
	}
	return Response{state, sections(d.DesiredMeta, d.ReportedMeta), d.Version, now.Unix(), token}
}

// deltaResponse holds the desired values that are not reported; nil if there are none.
func (d document) deltaResponse(now time.Time, token string) *Response {
	delta, meta := difference(d.Desired, d.Reported, d.DesiredMeta)
	if len(delta) == 0 {
		return nil
	}
	return &Response{delta, meta, d.Version, now.Unix(), token}
}

// size is the size of the document's state in bytes.
func (d document) size() int {
	b, err := json.Marshal(sections(d.Desired, d.Reported))
	if err != nil {
		return MaxState + 1
	}
	return len(b)
}

// merge returns the next version, and the response to the request: the values that it set, with their metadata.
func (d document) merge(r request, now time.Time) (document, Response) {
	at := now.Unix()
	next := d
	next.Version++
	state, metadata := map[string]any{}, map[string]any{}
	apply := func(name string, present bool, change map[string]any, state0, meta0 *map[string]any) {
		if !present {
			return
		}
		if change == nil {
			*state0, *meta0 = nil, nil
			state[name] = nil
			return
		}
		*state0, *meta0 = mergeObject(*state0, *meta0, change, at)
		state[name], metadata[name] = change, stampAll(change, at)
	}
	apply("desired", r.hasDesired, r.desired, &next.Desired, &next.DesiredMeta)
	apply("reported", r.hasReported, r.reported, &next.Reported, &next.ReportedMeta)
	return next, Response{state, metadata, next.Version, at, r.token}
}

// mergeObject merges change into old: null removes a member, objects are merged, all other values replace the old ones.
func mergeObject(old, oldMeta, change map[string]any, at int64) (state, meta map[string]any) {
	state, meta = make(map[string]any, len(old)+len(change)), make(map[string]any, len(old)+len(change))
	for k, v := range old {
		state[k], meta[k] = v, oldMeta[k]
	}
	for k, v := range change {
		if v == nil {
			delete(state, k)
			delete(meta, k)
			continue
		}
		object, ok := v.(map[string]any)
		if !ok {
			state[k], meta[k] = v, stamp(v, at)
			continue
		}
		before, _ := state[k].(map[string]any)
		beforeMeta, _ := meta[k].(map[string]any)
		if before == nil {
			beforeMeta = nil
		}
		merged, mergedMeta := mergeObject(before, beforeMeta, object, at)
		if len(merged) == 0 { // the service stores no empty objects
			delete(state, k)
			delete(meta, k)
			continue
		}
		state[k], meta[k] = merged, mergedMeta
	}
	return state, meta
}

// stamp returns the metadata of a value: the time of the change, for each member and element.
func stamp(v any, at int64) any {
	switch x := v.(type) {
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = stamp(e, at)
		}
		return out
	case map[string]any:
		return stampAll(x, at)
	}
	return map[string]any{"timestamp": at}
}

func stampAll(object map[string]any, at int64) map[string]any {
	out := make(map[string]any, len(object))
	for k, v := range object {
		if v != nil {
			out[k] = stamp(v, at)
		}
	}
	return out
}

// difference returns the members of desired that are missing or different in reported, with the metadata of desired.
func difference(desired, reported, meta map[string]any) (delta, deltaMeta map[string]any) {
	delta, deltaMeta = map[string]any{}, map[string]any{}
	for k, want := range desired {
		have, ok := reported[k]
		wantObject, isObject := want.(map[string]any)
		haveObject, both := have.(map[string]any)
		if isObject && both {
			m, _ := meta[k].(map[string]any)
			if d, dm := difference(wantObject, haveObject, m); len(d) > 0 {
				delta[k], deltaMeta[k] = d, dm
			}
			continue
		}
		if !ok || !equal(want, have) {
			delta[k], deltaMeta[k] = want, meta[k]
		}
	}
	return delta, deltaMeta
}

// equal compares values. Numbers are equal if their values are, whatever their spelling.
func equal(a, b any) bool {
	x, ok := a.(json.Number)
	y, both := b.(json.Number)
	if ok && both {
		if x == y {
			return true
		}
		f, err := x.Float64()
		g, err2 := y.Float64()
		return err == nil && err2 == nil && f == g
	}
	return reflect.DeepEqual(a, b)
}
