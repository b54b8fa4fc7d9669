package dtc

import (
	encoding "encoding/hex"
	"errors"
	"regexp"
	"strings"
)

// uds is the first byte of positive responses to service 19: the service's number plus 0x40.
const uds = 0x59

var (
	// prompt removes the words that adapters print around answers.
	prompt = strings.NewReplacer(">", " ", "SEARCHING...", " ", "BUS INIT: OK", " ", "BUS INIT: ...OK", " ")
	// segmented is an answer of several CAN frames: its length, then numbered frames.
	segmented = regexp.MustCompile(`^([0-9A-F]{3})\s*((?:[0-9A-F]:[\s0-9A-F]*?)+)$`)
	frame     = regexp.MustCompile(`[0-9A-F]:`)
	// header is the sender and length of one CAN frame.
	header = regexp.MustCompile(`^7E[8-9A-F]\s*0([2-7])`)
	// request is the command that an adapter repeats before the answer.
	request = regexp.MustCompile(`^(03\s*4|07\s*4|0A\s*4|19\s*02\s*[0-9A-F]{2}\s*5)`)
	answer  = regexp.MustCompile(`^(43|47|4A|5902)([0-9A-F]{2})*$`)
)

// answers returns the messages of a response in hexadecimal; ok is false if the text is not one.
func answers(text string) ([][]byte, bool) {
	text = strings.TrimSpace(prompt.Replace(text))
	if m := segmented.FindStringSubmatch(text); m != nil {
		b, ok := bytesOf(frame.ReplaceAllString(m[2], " "))
		n, err := encoding.DecodeString("0" + m[1])
		if !ok || err != nil {
			return nil, false
		}
		length := int(n[0])<<8 | int(n[1])
		if length > len(b) || !answer.MatchString(strings.ToUpper(encoding.EncodeToString(b))) {
			return nil, false
		}
		return [][]byte{b[:length]}, true
	}
	var messages [][]byte
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("\r\n|;,", r) }) {
		line = strings.TrimSpace(line)
		b, ok := message(line)
		if !ok {
			return nil, false
		}
		messages = append(messages, b)
	}
	return messages, len(messages) > 0
}

// message decodes one line of a response, without the repeated request and the header of its frame.
func message(line string) ([]byte, bool) {
	length := -1
	if m := header.FindStringSubmatch(line); m != nil {
		length = int(m[1][0] - '0')
		line = line[len(m[0]):]
	} else if m := request.FindString(line); m != "" {
		line = line[len(m)-1:]
	}
	b, ok := bytesOf(line)
	if !ok || len(b) < length || !answer.MatchString(strings.ToUpper(encoding.EncodeToString(b))) {
		return nil, false
	}
	if length >= 0 {
		b = b[:length]
	}
	return b, true
}

func bytesOf(text string) ([]byte, bool) {
	b, err := encoding.DecodeString(strings.Join(strings.Fields(text), ""))
	return b, err == nil && len(b) > 0
}

// Errors for responses of a wrong length.
var (
	errCount  = errors.New("the number of codes that the answer names does not fit its length")
	errCut    = errors.New("the answer ends in the middle of a code")
	errEither = errors.New("the answer could be of CAN or of an older bus")
)

// decodeAnswers reads the codes of several messages.
func decodeAnswers(messages [][]byte) ([]Code, error) {
	found := []Code{}
	for _, m := range messages {
		more, err := decodeAnswer(m)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

// decodeAnswer reads the codes of a message. With CAN (ISO 15765-4) the second byte is their number, and zeros may pad the message. On
// older buses each message has seven bytes, three codes after its first byte; a longer response consists of several such messages.
func decodeAnswer(b []byte) ([]Code, error) {
	if b[0] == uds {
		return decodeUDS(b)
	}
	if len(b) == 1 {
		return nil, nil
	}
	counted, byCount := withCount(b)
	three, byThree := inThrees(b)
	switch {
	case byCount && byThree:
		return nil, errEither
	case byCount:
		return counted, nil
	case byThree:
		return three, nil
	case len(b)%2 == 0:
		return nil, errCount
	}
	return nil, errCut
}

func withCount(b []byte) ([]Code, bool) {
	n := int(b[1])
	if len(b)%2 != 0 || len(b) < 2+2*n || !zeros(b[2+2*n:]) {
		return nil, false
	}
	return pairs(b[2 : 2+2*n]), true
}

func inThrees(b []byte) ([]Code, bool) {
	const whole = 7
	var found []Code
	for first := b[0]; len(b) > 0; b = b[whole:] {
		if len(b) < whole || b[0] != first {
			return nil, false
		}
		found = append(found, pairs(b[1:whole])...)
	}
	return found, true
}

func zeros(b []byte) bool {
	for _, x := range b {
		if x != 0 && x != 0xAA && x != 0x55 { // ISO 15765-4 and carmakers pad frames with these bytes
			return false
		}
	}
	return true
}

func pairs(b []byte) []Code {
	var found []Code
	for ; len(b) >= 2; b = b[2:] {
		found = append(found, Code(b[0])<<8|Code(b[1]))
	}
	return found
}

// failed are the status bits of a present fault: the last test failed, or the code is pending or confirmed (ISO 14229-1, D.2).
const failed = 0x01 | 0x04 | 0x08

// decodeUDS reads the response to service 19, reportDTCByStatusMask: a mask, then codes of three bytes, each with a status. The third
// byte of a code is its failure type.
func decodeUDS(b []byte) ([]Code, error) {
	const head, each = 3, 4
	if len(b) < head || (len(b)-head)%each != 0 {
		return nil, errCut
	}
	var found []Code
	for b = b[head:]; len(b) > 0; b = b[each:] {
		if b[3]&failed != 0 {
			found = append(found, Code(b[0])<<8|Code(b[1]))
		}
	}
	return found, nil
}
