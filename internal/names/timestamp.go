package names

// TimestampLayout writes a time as messages, tables and the lake have it: RFC 3339 in UTC with milliseconds, for times that are in UTC.
// It sorts as text, and Firehose's JSON reader, Athena and people read it.
const TimestampLayout = "2006-01-02T15:04:05.000Z"
