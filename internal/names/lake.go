package names

// What the function lake says of a row to AWS IoT Analytics, whose pipeline makes columns of it: members of the object LakeSample in
// the row.
const (
	LakeSample     = "sample"
	LakeDay        = "day"         // of the message, 2006-01-02, UTC
	LakeHour       = "hour"        // of the message, 00 to 23, UTC
	LakeReadMs     = "ts_ms"       // when the car read the signal, milliseconds since 1970
	LakeReceivedMs = "ingested_ms" // when the platform received the message, milliseconds since 1970
)
