package names

// Members of a message as a rule hands it on: what the car sent, whole, and the stamps, which are what the platform knows.
const (
	MemberMessage   = "message"
	StampVIN        = "vin"
	StampClientID   = "clientId"
	StampIngestedAt = "ingestedAt"
	StampCommandID  = "commandId" // of answers to commands
	StampReportID   = "reportId"  // of health reports: the key of their table
)
