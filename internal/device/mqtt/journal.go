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

// journal keeps an outbox on disk: one JSON object a line, either a message or the number of one that is done. A nil journal
// keeps nothing. One process at a time may use a file.
type journal struct {
	path string
	f    *os.File
}

type doneLine struct {
	Done uint64 `json:"done"`
}

// openJournal reads what an earlier run left unacknowledged, by Seq, and rewrites the file to hold just that. A last line that
// a crash cut short is dropped: its message was never accepted by add.
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
	defer f.Close() // only read
	open := map[uint64]*message{}
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadBytes('\n')
		if err != nil {
			break // the end, or a line cut short
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

// done notes that the message is settled; with nothing left the file starts over, so that it stays small.
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
