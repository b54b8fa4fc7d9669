package mqtt

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// journal stores an outbox on disk, one JSON object per line: a message, or the sequence number of a message that is settled. A nil journal
// stores nothing. Only one process may use a file at a time.
type journal struct {
	path string
	f    *os.File
}

type doneLine struct {
	Done uint64 `json:"done"`
}

// openJournal reads the messages that an earlier run left unacknowledged, ordered by Seq, and rewrites the file with only those. A last
// line that was cut off by a crash is dropped: add never returned success for its message.
func openJournal(path string) (*journal, []*message, error) {
	backlog, err := readJournal(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read offline queue %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, fmt.Errorf("open offline queue: %w", err)
	}
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open offline queue: %w", err)
	}
	j := &journal{path: path, f: f}
	for _, m := range backlog {
		if err := j.add(m); err != nil {
			return nil, nil, errors.Join(err, f.Close())
		}
	}
	if err := os.Rename(path+".new", path); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open offline queue: %w", err), f.Close())
	}
	return j, backlog, nil
}

func readJournal(path string) ([]*message, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() // opened for reading only
	open := map[uint64]*message{}
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadBytes('\n')
		if err != nil {
			break // the end, or a line that was cut off
		}
		var l struct {
			message
			doneLine
		}
		if err := json.Unmarshal(line, &l); err != nil {
			return nil, fmt.Errorf("line %.40q: %w", line, err)
		}
		if l.Done != 0 {
			delete(open, l.Done)
			continue
		}
		open[l.Seq] = &l.message
	}
	backlog := make([]*message, 0, len(open))
	for _, m := range open {
		backlog = append(backlog, m)
	}
	slices.SortFunc(backlog, func(a, b *message) int { return int(int64(a.Seq) - int64(b.Seq)) })
	return backlog, nil
}

func (j *journal) add(m *message) error { return j.write(m) }

// done records that the message is settled. When no message is left, it empties the file, so that the file stays small.
func (j *journal) done(m *message, nothingLeft bool) error {
	if j == nil || !nothingLeft {
		return j.write(doneLine{m.Seq})
	}
	if err := j.f.Truncate(0); err != nil {
		return fmt.Errorf("empty offline queue %s: %w", j.path, err)
	}
	_, err := j.f.Seek(0, 0)
	return err
}

func (j *journal) write(line any) error {
	if j == nil {
		return nil
	}
	b, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("write offline queue: %w", err)
	}
	if _, err := j.f.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("write offline queue %s: %w", j.path, err)
	}
	return nil
}

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	return j.f.Close()
}
