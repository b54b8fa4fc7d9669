package names

// Members of a row for AWS IoT Analytics, whose pipeline makes columns of them. The lake function writes them into the object LakeSample
// of the row.
const (
	LakeSample     = "sample"
	LakeDay        = "day"         // day of the message, 2006-01-02, UTC
	LakeHour       = "hour"        // hour of the message, 00 to 23, UTC
	LakeReadMs     = "ts_ms"       // when the car read the signal, milliseconds since 1970
	LakeReceivedMs = "ingested_ms" // when the platform received the message, milliseconds since 1970
)
