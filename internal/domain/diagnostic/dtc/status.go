package dtc

import "strings"

// Status is the status byte of a trouble code (ISO 14229-1, DTCStatusMask).
type Status uint8

// The bits.
const (
	TestFailed            Status = 0x01 // the newest test failed
	FailedThisCycle       Status = 0x02 // a test failed in this operation cycle
	Pending               Status = 0x04 // a test failed in this or the last cycle; not yet confirmed
	Confirmed             Status = 0x08 // confirmed and stored
	NotCompletedSinceClr  Status = 0x10 // the test has not run to its end since codes were cleared
	FailedSinceClear      Status = 0x20 // a test failed since codes were cleared
	NotCompletedThisCycle Status = 0x40 // the test has not run to its end in this cycle
	WarningLampRequested  Status = 0x80 // the code requests the warning lamp
)

// statusNames are the bits' names in the API, which must not change, the lowest bit first.
var statusNames = [8]string{
	"testFailed", "failedThisCycle", "pending", "confirmed", "notCompletedSinceClear", "failedSinceClear", "notCompletedThisCycle",
	"warningLampRequested",
}

// Has reports whether all of those bits are set.
func (s Status) Has(bits Status) bool { return s&bits == bits }

// Names returns the names of the set bits, the lowest first; never nil.
func (s Status) Names() []string {
	names := []string{}
	for bit, name := range statusNames {
		if s>>bit&1 == 1 {
			names = append(names, name)
		}
	}
	return names
}

// String returns the names of the set bits, separated by "|".
func (s Status) String() string { return strings.Join(s.Names(), "|") }

// OnlyPending reports whether the fault was seen but not confirmed: it is pending, not confirmed, and does not request the lamp.
func (s Status) OnlyPending() bool { return s.Has(Pending) && s&(Confirmed|WarningLampRequested) == 0 }
