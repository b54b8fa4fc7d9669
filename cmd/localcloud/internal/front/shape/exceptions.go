package shape

// exceptions are shapes of which only the type is checked, each with the reason.
var exceptions = map[string]string{
	"kinesis.SequenceNumber": "the emulator's own sequence numbers begin with zeros, which AWS's never do",
}
