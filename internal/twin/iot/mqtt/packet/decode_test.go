package packet_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/mqtt/packet"
)

// text encodes a string with its length before it, as in packets.
func text(s string) string { return string([]byte{byte(len(s) >> 8), byte(len(s))}) + s }

// framed returns a packet with that first byte.
func framed(first byte, body string) []byte {
	if len(body) > 127 {
		panic("body of more than 127 bytes")
	}
	return append([]byte{first, byte(len(body))}, body...)
}

// connectBody is the body of a CONNECT up to its payload.
func connectBody(level, flags byte, properties string) string {
	body := text("MQTT") + string([]byte{level, flags, 0, 30})
	if level == 5 {
		body += string([]byte{byte(len(properties))}) + properties
	}
	return body
}

// take reads and decodes a packet.
func take(b []byte, v packet.Version) (any, error) {
	raw, err := packet.Read(bufio.NewReader(bytes.NewReader(b)), 1000)
	if err != nil {
		return nil, err
	}
	switch raw.Kind {
	case packet.KindConnect:
		return packet.DecodeConnect(raw.Body)
	case packet.KindPublish:
		return packet.DecodePublish(raw, v)
	case packet.KindPuback:
		return packet.DecodePuback(raw.Body, v)
	case packet.KindSubscribe:
		return packet.DecodeSubscribe(raw.Body, v)
	case packet.KindUnsubscribe:
		return packet.DecodeUnsubscribe(raw.Body, v)
	case packet.KindPingreq:
		return nil, packet.DecodePingreq(raw.Body)
	case packet.KindDisconnect:
		return packet.DecodeDisconnect(raw.Body, v)
	}
	return nil, fmt.Errorf("packet of type %d", raw.Kind)
}

// broken are packets that each break one rule. Rules are named after the specification's normative statements, or its sections.
var broken = map[string]struct {
	packet  []byte
	version packet.Version
	reason  packet.Reason
}{
	"MQTT-1.5.4-1 text is UTF-8":                               {framed(0x10, connectBody(4, 2, "")+text("\xff")), 4, 0x81},
	"MQTT-1.5.4-1 text has no surrogates":                      {framed(0x10, connectBody(4, 0x82, "")+text("c")+text("\xed\xa0\x80")), 4, 0x81},
	"MQTT-1.5.4-2 text has no U+0000":                          {framed(0x10, connectBody(5, 2, "")+text("a\x00b")), 5, 0x81},
	"MQTT-1.5.5-1 a length has no more digits than it needs":   {[]byte{0xc0, 0x80, 0x00}, 5, 0x81},
	"1.5.5 a length has four digits at most":                   {[]byte{0x30, 0xff, 0xff, 0xff, 0xff, 0x01}, 5, 0x81},
	"MQTT-1.5.7-1 a user property's name is UTF-8":             {framed(0x30, text("a")+"\x07\x26\x00\x01\xff\x00\x01v"), 5, 0x81},
	"MQTT-1.5.7-1 a user property's value is UTF-8":            {framed(0x30, text("a")+"\x07\x26\x00\x01k\x00\x01\xff"), 5, 0x81},
	"MQTT-2.2.2-1 properties have a length, 0 without any":     {framed(0x30, text("a")), 5, 0x81},
	"MQTT-3.1.2-9 a last will has a payload":                   {framed(0x10, connectBody(5, 6, "")+text("c")+"\x00"+text("t")), 5, 0x81},
	"MQTT-3.1.2-16 a user name without its flag":               {framed(0x10, connectBody(5, 2, "")+text("c")+text("user")), 5, 0x81},
	"MQTT-3.1.3-3 the client id comes first":                   {framed(0x10, connectBody(5, 2, "")+"\x00"), 5, 0x81},
	"MQTT-3.1.3-4 the client id is UTF-8":                      {framed(0x10, connectBody(5, 2, "")+text("\xff")), 5, 0x81},
	"MQTT-3.1.3-11 a last will's topic is UTF-8":               {framed(0x10, connectBody(5, 6, "")+text("c")+"\x00"+text("\xff")+text("p")), 5, 0x81},
	"MQTT-3.1.3-12 the user name is UTF-8":                     {framed(0x10, connectBody(5, 0x82, "")+text("c")+text("\xff")), 5, 0x81},
	"MQTT-4.7.3-2 a topic filter has no U+0000":                {framed(0x82, "\x00\x01\x00"+text("a\x00")+"\x01"), 5, 0x81},
	"2.1.2 packet type 0 is reserved":                          {[]byte{0x00, 0x00}, 5, 0x81},
	"MQTT-2.1.3-1 flags of CONNECT are 0":                      {framed(0x11, connectBody(4, 2, "")+text("c")), 4, 0x81},
	"MQTT-2.1.3-1 flags of PINGREQ are 0":                      {[]byte{0xc1, 0x00}, 4, 0x81},
	"MQTT-2.2.1-3 a PUBLISH of QoS 1 has a packet identifier":  {framed(0x32, text("a")+"\x00\x00\x00"), 5, 0x82},
	"MQTT-2.2.1-3 SUBSCRIBE has a packet identifier":           {framed(0x82, "\x00\x00\x00"+text("a")+"\x01"), 5, 0x82},
	"2.2.2.2 a property that the packet may not have":          {framed(0x30, text("a")+"\x03\x13\x00\x01"), 5, 0x82},
	"2.2.2.2 an unknown property":                              {framed(0x30, text("a")+"\x02\x7f\x01"), 5, 0x82},
	"2.2.2.2 a property's identifier that does not end":        {framed(0x10, connectBody(5, 2, "\x9b\xa6\x8f")+text("c")), 5, 0x81},
	"2.2.2.2 properties that end inside one":                   {framed(0x30, text("a")+"\x03\x02\x00\x00"), 5, 0x81},
	"2.2.2.1 properties longer than the packet":                {framed(0x30, text("a")+"\x09\x01\x00"), 5, 0x81},
	"3.1.2.11 a property twice":                                {framed(0x10, connectBody(5, 2, "\x21\x00\x05\x21\x00\x05")+text("c")), 5, 0x82},
	"MQTT-3.1.2-1 the protocol is MQTT":                        {framed(0x10, text("HTTP")+"\x04\x02\x00\x00"+text("c")), 4, 0x84},
	"MQTT-3.1.2-2 the level is 4 or 5":                         {framed(0x10, text("MQTT")+"\x06\x02\x00\x00"+text("c")), 4, 0x84},
	"MQTT-3.1.2-2 MQTT 3.1 is not supported":                   {framed(0x10, text("MQIsdp")+"\x03\x02\x00\x00"+text("c")), 4, 0x84},
	"MQTT-3.1.2-3 the reserved flag of CONNECT is 0":           {framed(0x10, connectBody(5, 3, "")+text("c")), 5, 0x81},
	"MQTT-3.1.2-11 without a last will its QoS is 0":           {framed(0x10, connectBody(5, 0x0a, "")+text("c")), 5, 0x81},
	"MQTT-3.1.2-12 the last will's QoS is not 3":               {framed(0x10, connectBody(5, 0x1e, "")+text("c")+"\x00"+text("t")+text("p")), 5, 0x81},
	"MQTT-3.1.2-13 without a last will it is not retained":     {framed(0x10, connectBody(5, 0x22, "")+text("c")), 5, 0x81},
	"MQTT-3.1.2-17 with its flag there is a user name":         {framed(0x10, connectBody(5, 0x82, "")+text("c")), 5, 0x81},
	"MQTT-3.1.2-18 a password without its flag":                {framed(0x10, connectBody(5, 0x82, "")+text("c")+text("user")+text("secret")), 5, 0x81},
	"MQTT-3.1.2-19 with its flag there is a password":          {framed(0x10, connectBody(5, 0x42, "")+text("c")), 5, 0x81},
	"3.1.2-22 (3.1.1) a password needs a user name":            {framed(0x10, connectBody(4, 0x42, "")+text("c")+text("secret")), 4, 0x81},
	"3.1.2.11.3 Receive Maximum is not 0":                      {framed(0x10, connectBody(5, 2, "\x21\x00\x00")+text("c")), 5, 0x82},
	"3.1.2.11.4 Maximum Packet Size is not 0":                  {framed(0x10, connectBody(5, 2, "\x27\x00\x00\x00\x00")+text("c")), 5, 0x82},
	"3.1.2.11.6 Request Response Information is 0 or 1":        {framed(0x10, connectBody(5, 2, "\x19\x02")+text("c")), 5, 0x82},
	"3.1.2.11.7 Request Problem Information is 0 or 1":         {framed(0x10, connectBody(5, 2, "\x17\x02")+text("c")), 5, 0x82},
	"MQTT-3.1.3-1 CONNECT has a client id":                     {framed(0x10, connectBody(5, 2, "")), 5, 0x81},
	"3.1.3.2 a last will's property that it may not have":      {framed(0x10, connectBody(5, 6, "")+text("c")+"\x03\x23\x00\x01"+text("t")+text("p")), 5, 0x82},
	"MQTT-3.3.2-2 a last will's topic has no wildcards":        {framed(0x10, connectBody(5, 6, "")+text("c")+"\x00"+text("t/#")+text("p")), 5, 0x82},
	"MQTT-3.3.1-2 DUP is 0 with QoS 0":                         {framed(0x38, text("a")+"\x00"), 5, 0x81},
	"MQTT-3.3.1-4 QoS is not 3":                                {framed(0x36, text("a")+"\x00\x01\x00"), 5, 0x81},
	"MQTT-3.3.2-1 PUBLISH has a topic":                         {framed(0x30, ""), 5, 0x81},
	"MQTT-3.3.2-2 a topic has no wildcards":                    {framed(0x30, text("a/+")+"\x00"), 5, 0x90},
	"3.3.2.1 an empty topic needs an alias":                    {framed(0x30, text("")+"\x00"), 5, 0x82},
	"MQTT-4.7.3-1 (3.1.1) a topic is not empty":                {framed(0x30, text("")), 4, 0x82},
	"3.3.2.3.2 Payload Format Indicator is 0 or 1":             {framed(0x30, text("a")+"\x02\x01\x02"), 5, 0x82},
	"3.3.2.3.2 Payload Format Indicator once":                  {framed(0x30, text("a")+"\x04\x01\x01\x01\x01"), 5, 0x82},
	"MQTT-3.3.2-8 Topic Alias is not 0":                        {framed(0x30, text("a")+"\x03\x23\x00\x00"), 5, 0x94},
	"MQTT-3.3.2-13 Response Topic is UTF-8":                    {framed(0x30, text("a")+"\x04\x08\x00\x01\xff"), 5, 0x81},
	"MQTT-3.3.2-14 Response Topic has no wildcards":            {framed(0x30, text("a")+"\x04\x08\x00\x01#"), 5, 0x82},
	"MQTT-3.3.2-19 Content Type is UTF-8":                      {framed(0x30, text("a")+"\x04\x03\x00\x01\xff"), 5, 0x81},
	"MQTT-3.3.4-6 a client sends no Subscription Identifier":   {framed(0x30, text("a")+"\x02\x0b\x01"), 5, 0x82},
	"MQTT-3.4.2-1 a reason of PUBACK that there is not":        {framed(0x40, "\x00\x01\x01"), 5, 0x81},
	"3.4.2 (3.1.1) PUBACK ends with its packet identifier":     {framed(0x40, "\x00\x01\x00"), 4, 0x81},
	"MQTT-3.6.1-1 flags of PUBREL":                             {framed(0x60, "\x00\x01"), 5, 0x81},
	"MQTT-3.8.1-1 flags of SUBSCRIBE":                          {framed(0x80, "\x00\x01\x00"+text("a")+"\x01"), 5, 0x81},
	"MQTT-3.8.3-1 a topic filter is UTF-8":                     {framed(0x82, "\x00\x01\x00"+text("\xff")+"\x01"), 5, 0x81},
	"MQTT-3.8.3-2 SUBSCRIBE has a topic filter":                {framed(0x82, "\x00\x01\x00"), 5, 0x82},
	"3.8.3 a topic filter has options":                         {framed(0x82, "\x00\x01\x00"+text("a")), 5, 0x81},
	"MQTT-3.8.3-4 a shared subscription has no No Local":       {framed(0x82, "\x00\x01\x00"+text("$share/g/a")+"\x05"), 5, 0x82},
	"MQTT-3.8.3-5 reserved options are 0":                      {framed(0x82, "\x00\x01\x00"+text("a")+"\x41"), 5, 0x81},
	"3-8.3-4 (3.1.1) the options are the QoS":                  {framed(0x82, "\x00\x01"+text("a")+"\x05"), 4, 0x81},
	"3.8.3.1 a subscription's QoS is not 3":                    {framed(0x82, "\x00\x01\x00"+text("a")+"\x03"), 5, 0x81},
	"3.8.3.1 Retain Handling is not 3":                         {framed(0x82, "\x00\x01\x00"+text("a")+"\x31"), 5, 0x82},
	"3.8.2.1.2 Subscription Identifier is not 0":               {framed(0x82, "\x00\x01\x02\x0b\x00"+text("a")+"\x01"), 5, 0x82},
	"MQTT-3.10.1-1 flags of UNSUBSCRIBE":                       {framed(0xa0, "\x00\x01\x00"+text("a")), 5, 0x81},
	"MQTT-3.10.3-1 a topic filter of UNSUBSCRIBE is UTF-8":     {framed(0xa2, "\x00\x01\x00"+text("\xff")), 5, 0x81},
	"MQTT-3.10.3-2 UNSUBSCRIBE has a topic filter":             {framed(0xa2, "\x00\x01\x00"), 5, 0x82},
	"3.12 PINGREQ has no body":                                 {framed(0xc0, "x"), 5, 0x81},
	"MQTT-3.14.1-1 flags of DISCONNECT":                        {[]byte{0xe1, 0x00}, 5, 0x81},
	"MQTT-3.14.2-1 a reason of DISCONNECT that a client lacks": {framed(0xe0, "\x8b\x00"), 5, 0x81},
	"3.14 (3.1.1) DISCONNECT has no body":                      {framed(0xe0, "\x00"), 4, 0x81},
	"MQTT-3.1.2-24 a packet is no larger than the server says": {[]byte{0x30, 0x80, 0x20}, 5, 0x95},
}

// broken311 are packets that each break one rule of MQTT 3.1.1.
var broken311 = map[string][]byte{
	"MQTT311-1.5.3-1 text is UTF-8":                                            framed(0x10, connectBody(4, 2, "")+text("\xff")),
	"MQTT311-1.5.3-2 text has no U+0000":                                       framed(0x10, connectBody(4, 2, "")+text("a\x00b")),
	"MQTT311-2.2.2-1, MQTT311-2.2.2-2 flags of CONNECT are 0":                  framed(0x11, connectBody(4, 2, "")+text("c")),
	"MQTT311-2.3.1-1 a PUBLISH of QoS 1 has a packet identifier":               framed(0x32, text("a")+"\x00\x00"),
	"MQTT311-2.3.1-1 SUBSCRIBE has a packet identifier":                        framed(0x82, "\x00\x00"+text("a")+"\x01"),
	"MQTT311-2.3.1-1 UNSUBSCRIBE has a packet identifier":                      framed(0xa2, "\x00\x00"+text("a")),
	"MQTT311-3.1.2-1 the protocol is MQTT":                                     framed(0x10, text("HTTP")+"\x04\x02\x00\x00"+text("c")),
	"MQTT311-3.1.2-3 the reserved flag of CONNECT is 0":                        framed(0x10, connectBody(4, 3, "")+text("c")),
	"MQTT311-3.1.2-9 a last will has a payload":                                framed(0x10, connectBody(4, 6, "")+text("c")+text("t")),
	"MQTT311-3.1.2-11 a last will without its flag":                            framed(0x10, connectBody(4, 2, "")+text("c")+text("t")+text("p")),
	"MQTT311-3.1.2-13 without a last will its QoS is 0":                        framed(0x10, connectBody(4, 0x0a, "")+text("c")),
	"MQTT311-3.1.2-14 the last will's QoS is not 3":                            framed(0x10, connectBody(4, 0x1e, "")+text("c")+text("t")+text("p")),
	"MQTT311-3.1.2-15 without a last will it is not retained":                  framed(0x10, connectBody(4, 0x22, "")+text("c")),
	"MQTT311-3.1.2-18 a user name without its flag":                            framed(0x10, connectBody(4, 2, "")+text("c")+text("user")),
	"MQTT311-3.1.2-19 with its flag there is a user name":                      framed(0x10, connectBody(4, 0x82, "")+text("c")),
	"MQTT311-3.1.2-20 a password without its flag":                             framed(0x10, connectBody(4, 0x82, "")+text("c")+text("user")+text("secret")),
	"MQTT311-3.1.2-21 with its flag there is a password":                       framed(0x10, connectBody(4, 0xc2, "")+text("c")+text("user")),
	"MQTT311-3.1.2-22 a password needs a user name":                            framed(0x10, connectBody(4, 0x42, "")+text("c")+text("secret")),
	"MQTT311-3.1.3-3 CONNECT has a client id":                                  framed(0x10, connectBody(4, 2, "")),
	"MQTT311-3.1.3-4 the client id is UTF-8":                                   framed(0x10, connectBody(4, 2, "")+text("\xc0\x80")),
	"MQTT311-3.1.3-10 a last will's topic is UTF-8":                            framed(0x10, connectBody(4, 6, "")+text("c")+text("\xff")+text("p")),
	"MQTT311-3.1.3-11 the user name is UTF-8":                                  framed(0x10, connectBody(4, 0x82, "")+text("c")+text("\xff")),
	"MQTT311-3.3.1-2 DUP is 0 with QoS 0":                                      framed(0x38, text("a")),
	"MQTT311-3.3.1-4 QoS is not 3":                                             framed(0x36, text("a")+"\x00\x01"),
	"MQTT311-3.3.2-1 PUBLISH has a topic":                                      framed(0x30, ""),
	"MQTT311-3.3.2-1 a topic is UTF-8":                                         framed(0x30, text("\xff")),
	"MQTT311-3.3.2-2, MQTT311-4.7.1-1 a topic has no wildcards":                framed(0x30, text("a/+")),
	"MQTT311-3.6.1-1 flags of PUBREL":                                          framed(0x60, "\x00\x01"),
	"MQTT311-3.8.1-1 flags of SUBSCRIBE":                                       framed(0x80, "\x00\x01"+text("a")+"\x01"),
	"MQTT311-3.8.3-1 a topic filter is UTF-8":                                  framed(0x82, "\x00\x01"+text("\xff")+"\x01"),
	"MQTT311-3.8.3-3 SUBSCRIBE has a topic filter":                             framed(0x82, "\x00\x01"),
	"MQTT311-3.8.3-4 (in the standard MQTT-3-8.3-4) reserved bits are 0":       framed(0x82, "\x00\x01"+text("a")+"\x05"),
	"MQTT311-3.8.3-4 (in the standard MQTT-3-8.3-4) a subscription's QoS is 3": framed(0x82, "\x00\x01"+text("a")+"\x03"),
	"MQTT311-3.10.1-1 flags of UNSUBSCRIBE":                                    framed(0xa0, "\x00\x01"+text("a")),
	"MQTT311-3.10.3-1 a topic filter of UNSUBSCRIBE is UTF-8":                  framed(0xa2, "\x00\x01"+text("\xff")),
	"MQTT311-3.10.3-2 UNSUBSCRIBE has a topic filter":                          framed(0xa2, "\x00\x01"),
	"MQTT311-3.14.1-1 flags of DISCONNECT":                                     {0xe1, 0x00},
	"MQTT311-4.7.3-1 a topic is not empty":                                     framed(0x30, text("")),
	"MQTT311-4.7.3-2 a topic has no U+0000":                                    framed(0x30, text("a\x00")),
	"MQTT311-4.7.3-2 a topic filter has no U+0000":                             framed(0x82, "\x00\x01"+text("a\x00")+"\x01"),
}

func TestBrokenPacketsOfMQTT311AreNotTaken(t *testing.T) {
	for name, b := range broken311 {
		t.Run(name, func(t *testing.T) {
			_, err := take(b, packet.V311)
			var reason packet.Reason
			require.ErrorAs(t, err, &reason)
		})
	}
}

// Tests the statement [MQTT311-3.1.3-1] of the specification.
func TestFieldsOfConnectHaveTheirOrder(t *testing.T) {
	got, err := take(framed(0x10, connectBody(4, 0xc6, "")+text("c")+text("t")+text("p")+text("user")+text("secret")), 4)
	require.NoError(t, err)
	p := got.(*packet.Connect)
	assert.Equal(t, []string{"c", "t", "p", "user", "secret"}, []string{p.ClientID, p.Will.Topic, string(p.Will.Payload), *p.Username, string(p.Password)})
}

func TestBrokenPacketsAreNotTaken(t *testing.T) {
	for name, tc := range broken {
		t.Run(name, func(t *testing.T) {
			_, err := take(tc.packet, tc.version)
			var reason packet.Reason
			require.ErrorAs(t, err, &reason)
			assert.Equal(t, tc.reason.String(), reason.String(), "%v", err)
		})
	}
}

// TestEveryFieldIsNeeded cuts valid packets off at every byte. No such packet may be accepted.
func TestEveryFieldIsNeeded(t *testing.T) {
	for name, tc := range map[string]struct {
		packet  []byte
		version packet.Version
	}{
		"CONNECT of MQTT 3.1.1": {framed(0x10, connectBody(4, 0xc6, "")+text("c")+text("t")+text("p")+text("user")+text("secret")), 4},
		"CONNECT of MQTT 5":     {framed(0x10, connectBody(5, 0xc6, "\x21\x00\x05\x26"+text("k")+text("v"))+text("c")+"\x00"+text("t")+text("p")+text("user")+text("secret")), 5},
		"SUBSCRIBE":             {framed(0x82, "\x00\x01\x00"+text("a")+"\x01"), 5},
		"UNSUBSCRIBE":           {framed(0xa2, "\x00\x01\x00"+text("a")), 5},
		"PUBACK":                {framed(0x40, "\x00\x01"), 5},
		"SUBSCRIBE of 3.1.1":    {framed(0x82, "\x00\x01"+text("a")+"\x01"), 4},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := take(tc.packet, tc.version)
			require.NoError(t, err)
			for n := range len(tc.packet) - 2 {
				cut := append([]byte{tc.packet[0], byte(n)}, tc.packet[2:2+n]...)
				_, err := take(cut, tc.version)
				assert.Error(t, err, "cut to %d bytes", n)
			}
		})
	}
}

func TestConnectIsDecoded(t *testing.T) {
	will := "\x01\x01\x02\x00\x00\x00\x3c\x03" + text("text/plain") + "\x08" + text("re") + "\x09" + text("\x01\x02") + "\x18\x00\x00\x00\x07"
	got, err := take(framed(0x10, connectBody(5, 0xee, "\x11\x00\x00\x00\x10\x21\x00\x05\x22\x00\x03")+text("car")+
		string([]byte{byte(len(will))})+will+text("t")+text("")+text("user")+text("secret")), 5)
	require.NoError(t, err)
	user := "user"
	assert.Equal(t, &packet.Connect{
		Version: 5, ClientID: "car", CleanStart: true, KeepAlive: 30, Username: &user, Password: []byte("secret"),
		SessionExpiry: 16, ReceiveMaximum: 5, TopicAliases: 3,
		Will: &packet.Will{Delay: 7, Message: packet.Message{
			Topic: "t", Payload: []byte{}, QoS: 1, Retain: true, Format: packet.FormatUTF8, Expiry: 60, HasExpiry: true,
			ContentType: "text/plain", ResponseTopic: "re", CorrelationData: []byte{1, 2},
		}},
	}, got)
}

// Tests the statement [MQTT311-3.2.2-6] of the specification.
func TestConnectReturnCodesOfMQTT311(t *testing.T) {
	codes := map[byte]bool{}
	for reason := range 256 {
		code, ok := packet.Reason(reason).ConnectReturnCode()
		assert.Equal(t, reason == 0, ok && code == 0)
		codes[code] = codes[code] || ok
		ack := packet.AppendConnack(nil, packet.V311, packet.Connack{Reason: packet.Reason(reason)})
		assert.Equal(t, ok, len(ack) > 0, "a reason without return code has no CONNACK")
	}
	assert.Equal(t, map[byte]bool{0: true, 1: true, 2: true, 3: true, 4: true, 5: true}, codes)
}

// Tests the statements [MQTT-4.7.1-2], [MQTT-4.8.2-1], [MQTT-4.8.2-2], [MQTT311-4.7.1-2], [MQTT311-4.7.1-3] and [MQTT311-4.7.3-1] of the
// specifications.
func TestFilters(t *testing.T) {
	for filter, want := range map[string]bool{
		"a": true, "a/b": true, "+": true, "#": true, "a/+/b": true, "a/#": true, "/": true, "a//b": true, "$share/g/a/#": true,
		"": false, "a+": false, "a/b#": false, "#/a": false, "a/#/b": false, "$share/g": false, "$share//a": false, "$share/g+/a": false, "$share/g/": false,
	} {
		assert.Equal(t, want, packet.ValidFilter(filter), filter)
	}
}

// FuzzTake checks that no input makes a decoder panic, and that every error has a reason code.
func FuzzTake(f *testing.F) {
	for _, tc := range broken {
		f.Add(byte(tc.version), tc.packet)
	}
	f.Fuzz(func(t *testing.T, version byte, b []byte) {
		_, err := take(b, packet.V311+packet.Version(version%2))
		var broken *packet.Error
		if errors.As(err, &broken) && !strings.Contains(broken.Why, " ") {
			t.Errorf("%v tells nothing", err)
		}
	})
}
