package session

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Sealer encrypts with AES-256-GCM (NIST SP 800-38D), with a random nonce before the ciphertext. It seals with the first key and opens
// with any of them, so that keys can be rotated while people are signed in.
type Sealer struct{ keys []cipher.AEAD }

// keyBytes is the length of a key.
const keyBytes = 32

// ParseSealer parses keys in base64 separated by commas, the sealing key first. Padding is optional: 43 random letters and digits, as AWS
// Secrets Manager generates them, are a valid key.
func ParseSealer(text string) (*Sealer, error) {
	var keys [][]byte
	for n, part := range strings.Split(text, ",") {
		key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(part), "="))
		if err != nil {
			return nil, fmt.Errorf("key %d of %d is not base64", n+1, len(strings.Split(text, ",")))
		}
		keys = append(keys, key)
	}
	return NewSealer(keys...)
}

// NewSealer returns a Sealer that seals with the first key. It fails without keys, or if a key does not have 32 bytes.
func NewSealer(keys ...[]byte) (*Sealer, error) {
	if len(keys) == 0 {
		return nil, errors.New("a key is required")
	}
	s := &Sealer{}
	for n, key := range keys {
		if len(key) != keyBytes {
			return nil, fmt.Errorf("key %d has %d bytes, allowed are %d", n+1, len(key), keyBytes)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", n+1, err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", n+1, err)
		}
		s.keys = append(s.keys, aead)
	}
	return s, nil
}

// Seal encrypts text for a purpose, which is authenticated: Open needs the same purpose.
func (s *Sealer) Seal(text []byte, purpose string) []byte {
	return s.keys[0].Seal(nil, nil, text, []byte(purpose))
}

// Open decrypts the output of Seal for the same purpose.
func (s *Sealer) Open(sealed []byte, purpose string) ([]byte, error) {
	for _, key := range s.keys {
		if text, err := key.Open(nil, nil, sealed, []byte(purpose)); err == nil {
			return text, nil
		}
	}
	return nil, errors.New("no key opens it")
}
