package packet_test

import (
	"bytes"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/mqtt/packet"
)

// other decodes with another implementation of MQTT, for comparison.
func other(t *testing.T, b []byte, v packet.Version) packets.Packet {
	t.Helper()
	pk := packets.Packet{ProtocolVersion: byte(v)}
	require.NoError(t, pk.FixedHeader.Decode(b[0]))
	r := bytes.NewBuffer(b[1:])
	n, _, err := packets.DecodeLength(r)
	require.NoError(t, err)
	require.Equal(t, n, r.Len(), "remaining length")
	pk.FixedHeader.Remaining = n
	switch packet.Kind(pk.FixedHeader.Type) {
	case packet.KindPublish:
		err = pk.PublishDecode(r.Bytes())
	case packet.KindConnack:
		err = pk.ConnackDecode(r.Bytes())
	case packet.KindSuback:
		err = pk.SubackDecode(r.Bytes())
	case packet.KindUnsuback:
		err = pk.UnsubackDecode(r.Bytes())
	case packet.KindDisconnect:
		err = pk.DisconnectDecode(r.Bytes())
	case packet.KindPuback:
		err = pk.PubackDecode(r.Bytes())
	}
	require.NoError(t, err)
	return pk
}

func TestPublishIsReadByAnotherImplementation(t *testing.T) {
	m := &packet.Message{
		Topic: "a/b", Payload: bytes.Repeat([]byte("x"), 300), Format: packet.FormatUTF8, HasExpiry: true, ContentType: "text/plain",
		ResponseTopic: "c", CorrelationData: []byte{1}, User: []packet.UserProperty{{Key: "k", Value: "v"}},
	}
	for _, v := range []packet.Version{packet.V311, packet.V5} {
		for qos := range byte(2) {
			d := packet.Delivery{Message: m, QoS: qos, Retain: true, Dup: qos == 1, ID: 7 * uint16(qos), Expiry: 60}
			b := packet.AppendPublish(nil, v, d)
			assert.Len(t, b, packet.PublishSize(v, d))
			pk := other(t, b, v)
			assert.Equal(t, "a/b", pk.TopicName)
			assert.Equal(t, m.Payload, pk.Payload)
			assert.Equal(t, 7*uint16(qos), pk.PacketID)
			assert.Equal(t, qos == 1, pk.FixedHeader.Dup)
			assert.True(t, pk.FixedHeader.Retain)
			if v == packet.V5 {
				assert.Equal(t, uint32(60), pk.Properties.MessageExpiryInterval)
				assert.Equal(t, "text/plain", pk.Properties.ContentType)
				assert.Equal(t, "c", pk.Properties.ResponseTopic)
				assert.Equal(t, []byte{1}, pk.Properties.CorrelationData)
				assert.Equal(t, []packets.UserProperty{{Key: "k", Val: "v"}}, pk.Properties.User)
			}
		}
	}
}

func TestAnswersAreReadByAnotherImplementation(t *testing.T) {
	for _, v := range []packet.Version{packet.V311, packet.V5} {
		ack := other(t, packet.AppendConnack(nil, v, packet.Connack{SessionPresent: true, AssignedClientID: "x", ServerKeepAlive: 30, SessionExpiry: 9}), v)
		assert.True(t, ack.SessionPresent)
		refused := other(t, packet.AppendConnack(nil, v, packet.Connack{Reason: packet.NotAuthorized, Text: "no"}), v)
		assert.Contains(t, []byte{5, 0x87}, refused.ReasonCode)
		sub := other(t, packet.AppendSuback(nil, v, 7, []packet.Reason{0, 1, 0x80}), v)
		assert.Equal(t, []byte{0, 1, 0x80}, sub.ReasonCodes)
		assert.Equal(t, uint16(7), sub.PacketID)
		assert.Equal(t, uint16(8), other(t, packet.AppendUnsuback(nil, v, 8, []packet.Reason{0x11}), v).PacketID)
		assert.Equal(t, uint16(9), other(t, packet.AppendPuback(nil, 9), v).PacketID)
	}
	end := other(t, packet.AppendDisconnect(nil, packet.SessionTakenOver, 0), packet.V5)
	assert.Equal(t, byte(0x8e), end.ReasonCode)
	assert.Equal(t, "session taken over", end.Properties.ReasonString)
}

// Tests the statements [MQTT-3.2.2-19] and [MQTT-3.14.2-3] of the specification.
func TestReasonsInWordsAreLeftOutWhereTheClientTakesNoPacketOfThatSize(t *testing.T) {
	for most := range uint32(40) {
		ack := packet.AppendConnack(nil, packet.V5, packet.Connack{Reason: packet.NotAuthorized, Text: "not authorized", ClientMaximum: most})
		end := packet.AppendDisconnect(nil, packet.NotAuthorized, most)
		for _, b := range [][]byte{ack, end} {
			words := most == 0 || len(b) > 5
			assert.Equal(t, words, other(t, b, packet.V5).Properties.ReasonString != "")
			if most >= 5 { // the size of a packet with only a reason code
				assert.LessOrEqual(t, len(b), int(most))
			}
		}
	}
	assert.Len(t, packet.AppendDisconnect(nil, packet.NotAuthorized, 22), 21)
}
