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

// Sessions are the people who are signed in to one app client on this machine.
type Sessions struct {
	Current string               `json:"current"` // the username of who signed in last
	Users   map[string]token.Set `json:"users"`   // by username

	path string
}

// Open reads the sessions of the app client from dir; there are none if nobody signed in yet.
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

// DefaultDir is the folder of a person's sessions: in their folder of settings.
func DefaultDir() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find the folder of settings: %w", err)
	}
	return filepath.Join(dir, "connectedcar", "sessions"), nil
}

// Put keeps the person's tokens and makes them the current one if asked to.
func (s *Sessions) Put(username string, tokens token.Set, current bool) error {
	s.Users[username] = tokens
	if current || s.Current == "" {
		s.Current = username
	}
	return s.save()
}

// Remove forgets the person.
func (s *Sessions) Remove(username string) error {
	delete(s.Users, username)
	if s.Current == username {
		s.Current = ""
	}
	return s.save()
}

// Names are the people who are signed in.
func (s *Sessions) Names() []string { return slices.Sorted(maps.Keys(s.Users)) }

// save writes the sessions whole or not at all, for nobody's eyes but the person's.
func (s *Sessions) save() error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encode sessions: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return fmt.Errorf("write sessions: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(s.path), ".new-*") // made with 0600
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

// Claims are a token's claims, unverified: a program may show them to the token's own bearer, and trust them with nothing.
type Claims struct {
	Email  string   `json:"email"`
	Groups []string `json:"cognito:groups"`
	Scope  string   `json:"scope"`
}

// Read reads a token's claims.
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
