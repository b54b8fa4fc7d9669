package names

// TimestampLayout is the layout of times in messages, tables and the lake: RFC 3339 in UTC with milliseconds. The time must be in UTC. The
// layout sorts as text, and Firehose's JSON reader, Athena and people can read it.
const TimestampLayout = "2006-01-02T15:04:05.000Z"
