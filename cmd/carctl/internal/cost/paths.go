package cost

import "math"

const (
	million = 1e6
	// gib and tib are the bytes of a GB and a TB in AWS's bills.
	gib = 1 << 30
	tib = 1 << 40
	kib = 1 << 10
)

// rounded returns the billed GB of a million records of that size in bytes, each rounded up to a multiple of step.
func rounded(bytes, step float64) float64 { return million * math.Ceil(bytes/step) * step / gib }

// fives returns the number of metered 5 KB units of a message of that size in bytes.
func fives(bytes float64) float64 { return math.Ceil(bytes / (5 * kib)) }

// Paths returns the paths of telemetry, each for a million messages. The paths to live state and to the lakes start where Entry ends; the
// path to S3 by a rule stands alone.
func (b *Book) Paths() []Path {
	return []Path{b.Entry(), b.Live(), b.Parquet(), b.Iceberg(), b.Straight()}
}

// Entry is the path from the car to the stream.
func (b *Book) Entry() Path {
	size := b.input("message.bytes")
	return Path{"Car to stream", []Line{
		b.charge("rule", million*fives(size), "iot.rule"),
		b.charge("its action", million*fives(size), "iot.action"),
		b.charge("written to the stream", rounded(size, kib), "kinesis.in"),
	}}
}

// Live is the path from the stream to the newest state and the history table.
func (b *Book) Live() Path {
	runs := million / b.input("live.batch")
	// A run reads all states in one round of calls, writes live.writers states in each further round, and writes the history in the last one.
	rounds := 1 + math.Ceil(b.input("live.batch")/b.input("live.writers")) + 1
	return Path{"Stream to live state and hot history", []Line{
		b.read(1),
		b.charge("runs of `telemetry`", runs, "lambda.request"),
		b.charge("its time", runs*rounds*b.input("live.call")*b.input("live.memory"), "lambda.gbs"),
		b.charge("states read", million*b.input("state.reads"), "dynamodb.read"),
		b.charge("states written", million*b.input("state.writes"), "dynamodb.write"),
		b.charge("history written", million*b.input("history.writes"), "dynamodb.write"),
	}}
}

// Parquet is the path from the stream to a lake in Parquet, which is the default.
func (b *Book) Parquet() Path {
	size := b.input("message.bytes")
	objects := b.objects(b.input("message.row_bytes"))
	lines := []Line{
		b.read(1),
		b.charge("delivered", rounded(size, 5*kib), "firehose.in"),
		b.charge("converted", rounded(size, 5*kib), "firehose.conversion"),
		b.charge("partitioned", million*b.input("message.row_bytes")/gib, "firehose.partition"),
		b.charge("objects of partitions", objects, "firehose.object"),
		b.charge("objects, of rows and of records as they came", objects+b.objects(size), "s3.put"),
	}
	return Path{"Stream to lake, Parquet", append(lines, b.pipeline()...)}
}

// Iceberg is the path from the stream to a lake on S3 Tables. A second delivery stream stores the raw records.
func (b *Book) Iceberg() Path {
	size := b.input("message.bytes")
	objects, joined := b.objects(b.input("message.row_bytes")), million*b.input("message.parquet_bytes")/gib
	lines := []Line{
		b.read(2),
		b.charge("delivered as rows", million*size/gib, "firehose.iceberg"),
		b.charge("delivered as they came", rounded(size, 5*kib), "firehose.in"),
		// Each commit writes a data file, a manifest, a manifest list and the metadata.
		b.charge("objects of the table, four a commit", 4*objects, "s3tables.put"),
		b.charge("files joined", joined, "s3tables.joined"),
		b.charge("files joined", objects, "s3tables.object"),
		b.charge("objects of records as they came", b.objects(size), "s3.put"),
	}
	return Path{"Stream to lake, Iceberg on S3 Tables", append(lines, b.pipeline()...)}
}

// Straight is the path to S3 with one object per message, written by a rule. Raw events and diagnostics use it; telemetry does not.
func (b *Book) Straight() Path {
	size := b.input("message.bytes")
	return Path{"Car to S3 by a rule, an object a message", []Line{
		b.charge("rule", million*fives(size), "iot.rule"),
		b.charge("its action", million*fives(size), "iot.action"),
		b.charge("objects", million, "s3.put"),
	}}
}

// Messaging returns the additional charge for a million messages that are not sent by Basic Ingest.
func (b *Book) Messaging() Line {
	return b.charge("without Basic Ingest", million*fives(b.input("message.bytes")), "iot.message")
}

// read returns the charge for reading the stream with that number of consumers.
func (b *Book) read(consumers float64) Line {
	return b.charge("read from the stream", consumers*rounded(b.input("message.bytes"), kib), "kinesis.out")
}

// objects returns the number of objects for a million messages that contribute that number of bytes each. An object ends when the buffer's
// time is up or its size is reached.
func (b *Book) objects(bytes float64) float64 {
	messages := math.Min(b.input("fleet.rate")*b.input("lake.buffer"), b.input("lake.buffer_bytes")/bytes)
	return million / messages
}

// pipeline returns the charges of the lake function, which makes the rows.
func (b *Book) pipeline() []Line {
	runs := million * b.input("message.bytes") / b.input("pipeline.batch")
	memory := b.input("pipeline.memory")
	working := million / (b.input("pipeline.rate") * b.input("lambda.processors") * memory)
	return []Line{
		b.charge("runs of `lake`", runs, "lambda.request"),
		b.charge("its time", memory*(working+runs*b.input("pipeline.latency")), "lambda.gbs"),
	}
}
