package broker

import "connectedcar/internal/twin/iot/mqtt/packet"

// Disconnect ends a client's connection. With clean, it ends the session too. With quiet, the last will is not published. It returns false
// if the client is not connected.
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
		s.expiry = 0 // the session ends with its connection
	}
	s.mu.Unlock()
	if c == nil {
		return false
	}
	c.End(packet.AdministrativeAction)
	return true
}
