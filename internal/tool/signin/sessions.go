package signin

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"connectedcar/internal/keyfile"
	"connectedcar/internal/token"
)

// Sessions are the sessions of all users who are signed in to one app client on this machine.
type Sessions struct {
	Current string               `json:"current"` // username of the user who is used by default
	Users   map[string]token.Set `json:"users"`   // by username

	path string
}

// Open reads the sessions of the app client from dir. If there is no file, there are no sessions.
func Open(dir, clientID string) (*Sessions, error) {
	s := &Sessions{path: file(dir, clientID), Users: map[string]token.Set{}}
	b, err := keyfile.Read(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	if err := json.Unmarshal(b, s); err != nil {
		return nil, fmt.Errorf("sessions in %s: %w (delete the file to forget them)", s.path, err)
	}
	if s.Users == nil {
		s.Users = map[string]token.Set{}
	}
	return s, nil
}

func file(dir, clientID string) string {
	return filepath.Join(dir, base64.RawURLEncoding.EncodeToString([]byte(clientID))+".json")
}

// DefaultDir returns the folder of sessions within the user's configuration folder.
func DefaultDir() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find the folder of settings: %w", err)
	}
	return filepath.Join(dir, "connectedcar", "sessions"), nil
}

// Put stores the user's tokens. If current is true, or no user is current, the user becomes the current one.
func (s *Sessions) Put(username string, tokens token.Set, current bool) error {
	s.Users[username] = tokens
	if current || s.Current == "" {
		s.Current = username
	}
	return s.save()
}

// Remove deletes the user's session.
func (s *Sessions) Remove(username string) error {
	delete(s.Users, username)
	if s.Current == username {
		s.Current = ""
	}
	return s.save()
}

// Names returns the usernames of those who are signed in, sorted.
func (s *Sessions) Names() []string { return slices.Sorted(maps.Keys(s.Users)) }

// save replaces the file atomically. Only the owner of the file may read it.
func (s *Sessions) save() error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encode sessions: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return fmt.Errorf("write sessions: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(s.path), ".new-*") // CreateTemp sets the mode 0600
	if err != nil {
		return fmt.Errorf("write sessions: %w", err)
	}
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), s.path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write sessions: %w", err)
	}
	return nil
}

// Claims are the unverified claims of a token. A program may show them to the token's owner, but must not base decisions on them.
type Claims struct {
	Email  string   `json:"email"`
	Groups []string `json:"cognito:groups"`
	Scope  string   `json:"scope"`
}

// Read decodes a token's claims without verifying the token.
func Read(token string) (Claims, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Claims{}, errors.New("the token has not the three parts of a JWT")
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return Claims{}, fmt.Errorf("decode the token: %w", err)
	}
	var c Claims
	if err := json.Unmarshal(b, &c); err != nil {
		return Claims{}, fmt.Errorf("decode the token: %w", err)
	}
	return c, nil
}
