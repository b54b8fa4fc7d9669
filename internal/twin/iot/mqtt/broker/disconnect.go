package broker

import "connectedcar/internal/twin/iot/mqtt/packet"

// Disconnect ends a client's connection, and with clean its session. With quiet its last will is not published. It is false
// where the client is not connected.
func (b *Broker) Disconnect(clientID string, clean, quiet bool) bool {
	b.mu.Lock()
	s := b.sessions[clientID]
	b.mu.Unlock()
	if s == nil {
		return false
	}
	s.mu.Lock()
	c := s.client
	if c != nil && quiet {
		s.will = nil
	}
	if c != nil && clean {
		s.expiry = 0 // it ends with its connection
	}
	s.mu.Unlock()
	if c == nil {
		return false
	}
	c.End(packet.AdministrativeAction)
	return true
}
