package cost

import "math"

const (
	million = 1e6
	// gib and tib are AWS's GB and TB.
	gib = 1 << 30
	tib = 1 << 40
	kib = 1 << 10
)

// rounded returns the billed GB of a million records of so many bytes, where each counts as a multiple of step.
func rounded(bytes, step float64) float64 { return million * math.Ceil(bytes/step) * step / gib }

// fives returns the number of metered 5 KB units of a message of so many bytes.
func fives(bytes float64) float64 { return math.Ceil(bytes / (5 * kib)) }

// Paths are the ways of telemetry, each for a million messages. The lakes and the live state come after Entry; a rule's own objects
// in S3 are a way of their own.
func (b *Book) Paths() []Path {
	return []Path{b.Entry(), b.Live(), b.Parquet(), b.Iceberg(), b.Straight()}
}

// Entry is from the car to the stream.
func (b *Book) Entry() Path {
	size := b.input("message.bytes")
	return Path{"Car to stream", []Line{
		b.charge("rule", million*fives(size), "iot.rule"),
		b.charge("its action", million*fives(size), "iot.action"),
		b.charge("written to the stream", rounded(size, kib), "kinesis.in"),
	}}
}

// Live is from the stream to the newest state and hot history.
func (b *Book) Live() Path {
	runs := million / b.input("live.batch")
	// A run reads its states, then writes history and states, so many at once.
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

// Parquet is the default path from the stream to the lake.
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

// Iceberg is from the stream to a lake on S3 Tables, and to the records as they came by a delivery stream of their own.
func (b *Book) Iceberg() Path {
	size := b.input("message.bytes")
	objects, joined := b.objects(b.input("message.row_bytes")), million*b.input("message.parquet_bytes")/gib
	lines := []Line{
		b.read(2),
		b.charge("delivered as rows", million*size/gib, "firehose.iceberg"),
		b.charge("delivered as they came", rounded(size, 5*kib), "firehose.in"),
		// Each commit writes the data, a manifest, a list of manifests and the metadata.
		b.charge("objects of the table, four a commit", 4*objects, "s3tables.put"),
		b.charge("files joined", joined, "s3tables.joined"),
		b.charge("files joined", objects, "s3tables.object"),
		b.charge("objects of records as they came", b.objects(size), "s3.put"),
	}
	return Path{"Stream to lake, Iceberg on S3 Tables", append(lines, b.pipeline()...)}
}

// Straight is the cost of one object a message, written by a rule: how raw events and diagnostics are kept, and no telemetry.
func (b *Book) Straight() Path {
	size := b.input("message.bytes")
	return Path{"Car to S3 by a rule, an object a message", []Line{
		b.charge("rule", million*fives(size), "iot.rule"),
		b.charge("its action", million*fives(size), "iot.action"),
		b.charge("objects", million, "s3.put"),
	}}
}

// Messaging is the charge for a million messages that do not go by Basic Ingest.
func (b *Book) Messaging() Line {
	return b.charge("without Basic Ingest", million*fives(b.input("message.bytes")), "iot.message")
}

// read charges for reading the stream with that number of consumers.
func (b *Book) read(consumers float64) Line {
	return b.charge("read from the stream", consumers*rounded(b.input("message.bytes"), kib), "kinesis.out")
}

// objects returns the number of objects of a million messages whose share of one is so large: one when the time is up or it is full.
func (b *Book) objects(bytes float64) float64 {
	messages := math.Min(b.input("fleet.rate")*b.input("lake.buffer"), b.input("lake.buffer_bytes")/bytes)
	return million / messages
}

// pipeline is the function that makes rows.
func (b *Book) pipeline() []Line {
	runs := million * b.input("message.bytes") / b.input("pipeline.batch")
	memory := b.input("pipeline.memory")
	working := million / (b.input("pipeline.rate") * b.input("lambda.processors") * memory)
	return []Line{
		b.charge("runs of `lake`", runs, "lambda.request"),
		b.charge("its time", memory*(working+runs*b.input("pipeline.latency")), "lambda.gbs"),
	}
}
