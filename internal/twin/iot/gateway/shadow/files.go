package shadow

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const suffix = ".json"

// save writes the thing's shadows to its file, completely or not at all. The file is named after the thing, in hexadecimal.
func (s *Store) save(thing string, shadows map[string]document) error {
	if s.folder == "" {
		return nil
	}
	b, err := json.Marshal(shadows)
	if err != nil {
		return fmt.Errorf("encode shadows of %s: %w", thing, err)
	}
	path := filepath.Join(s.folder, hex.EncodeToString([]byte(thing))+suffix)
	if err := s.write(path+".new", b); err != nil {
		return fmt.Errorf("write shadows of %s: %w", thing, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write shadows of %s: %w", thing, err)
	}
	return nil
}

func (s *Store) write(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil && s.sync {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (s *Store) load() error {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return fmt.Errorf("make folder of shadows: %w", err)
	}
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return fmt.Errorf("read folder of shadows: %w", err)
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), suffix)
		thing, err := hex.DecodeString(name)
		if !ok || err != nil {
			continue // not a file of shadows
		}
		b, err := os.ReadFile(filepath.Join(s.folder, e.Name()))
		if err != nil {
			return fmt.Errorf("read shadows of %s: %w", thing, err)
		}
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		shadows := map[string]document{}
		if err := d.Decode(&shadows); err != nil {
			return fmt.Errorf("read shadows of %s from %s: %w", thing, e.Name(), err)
		}
		s.things[string(thing)] = shadows
	}
	return nil
}
