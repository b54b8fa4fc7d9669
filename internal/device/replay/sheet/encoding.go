package sheet

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// decode converts a file to UTF-8. It returns a remark if it had to guess the encoding: loggers on Windows write UTF-16, with or without a
// byte order mark, and old ones Windows-1252, in which the degree sign is one byte.
func decode(raw []byte) (text, remark string) {
	switch {
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}):
		return decodeUTF16(raw[2:], binary.LittleEndian), ""
	case bytes.HasPrefix(raw, []byte{0xFE, 0xFF}):
		return decodeUTF16(raw[2:], binary.BigEndian), ""
	}
	if order := unmarkedUTF16(raw); order != nil {
		return decodeUTF16(raw, order), "encoding read as UTF-16, of which it lacks the mark"
	}
	raw = bytes.TrimPrefix(raw, []byte{0xEF, 0xBB, 0xBF})
	if utf8.Valid(raw) {
		return string(raw), ""
	}
	decoded, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		return string(bytes.ToValidUTF8(raw, []byte("\uFFFD"))), "encoding is not known: letters beyond ASCII are lost"
	}
	return string(decoded), "encoding read as Windows-1252"
}

// unmarkedUTF16 recognises UTF-16 without a byte order mark by its zero bytes: with Western text, every second byte is zero. It returns nil
// for other encodings.
func unmarkedUTF16(raw []byte) binary.ByteOrder {
	const sample, share = 4096, 0.3
	head := raw[:min(len(raw), sample)]
	var zeros [2]float64
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	half := float64(len(head)) / 2
	switch {
	case half < 2:
		return nil
	case zeros[1] > share*half && zeros[0] < zeros[1]/4:
		return binary.LittleEndian
	case zeros[0] > share*half && zeros[1] < zeros[0]/4:
		return binary.BigEndian
	}
	return nil
}

func decodeUTF16(raw []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = order.Uint16(raw[2*i:])
	}
	return string(utf16.Decode(units))
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n")

// lines splits a text at its line ends (CR, LF or both). whole is false if the last line has no line end.
func lines(text string) (out []string, whole bool) {
	text = lineEnds.Replace(text)
	whole = text == "" || strings.HasSuffix(text, "\n")
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n"), whole
}
