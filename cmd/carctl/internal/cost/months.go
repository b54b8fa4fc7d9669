package cost

// hoursOfDay converts days to hours.
const hoursOfDay = 24

// Storage returns the monthly cost of storing a million messages, with a line for each store.
func (b *Book) Storage() []Line {
	stored := func(bytes string) float64 { return million * b.input(bytes) / gib }
	return []Line{
		b.charge("records as they came", stored("message.raw_bytes"), "s3.storage"),
		b.charge("rows in Parquet", stored("message.parquet_bytes"), "s3.storage"),
		b.charge("rows in Iceberg on S3 Tables", stored("message.parquet_bytes"), "s3tables.storage"),
		b.charge("an object a message", stored("message.bytes"), "s3.storage"),
		b.charge("hot history", stored("history.bytes"), "dynamodb.storage"),
		b.charge("hot history's recovery", stored("history.bytes"), "dynamodb.recovery"),
	}
}

// Hot returns the time for which samples are kept in the history table, in months.
func (b *Book) Hot() float64 { return b.input("history.days") * hoursOfDay / b.input("month.hours") }

// Reading returns the cost of reading a million messages in Athena once, for each place where they are stored. A real query reads less, as
// it selects columns and days.
func (b *Book) Reading() []Path {
	return []Path{
		{"rows in Parquet", []Line{
			b.charge("read", million*b.input("message.parquet_bytes")/tib, "athena.scan"),
			b.charge("objects", b.objects(b.input("message.row_bytes")), "s3.get"),
		}},
		{"an object a message", []Line{
			b.charge("read", million*b.input("message.bytes")/tib, "athena.scan"),
			b.charge("objects", million, "s3.get"),
		}},
	}
}

// Fixed returns the fixed monthly costs of an environment.
func (b *Book) Fixed() []Line {
	hours := b.input("month.hours")
	return []Line{
		b.charge("the stream of telemetry, on demand", hours, "kinesis.stream"),
		b.charge("web ACL of the API", b.input("fixed.acls"), "waf.acl"),
		b.charge("its rules", b.input("fixed.rules"), "waf.rule"),
		b.charge("keys", b.input("fixed.keys"), "kms.key"),
		b.charge("alarms", b.input("fixed.alarms"), "cloudwatch.alarm"),
	}
}

// Shards returns the monthly cost of the telemetry stream with a fixed number of shards (setting streamMode), in place of on-demand
// capacity.
func (b *Book) Shards() Line {
	return b.charge("the stream of telemetry, as shards", b.input("fixed.shards")*b.input("month.hours"), "kinesis.shard")
}

// Flink returns the monthly cost of the Flink application for fleet-wide windows.
func (b *Book) Flink() []Line {
	hours := b.input("month.hours")
	return []Line{
		b.charge("the job", b.input("flink.kpus")*hours, "flink.kpu"),
		b.charge("its running storage", b.input("flink.gb"), "flink.storage"),
		b.charge("stream of findings, one shard", hours, "kinesis.shard"),
		b.charge("stream of reports, on demand", hours, "kinesis.stream"),
	}
}

// Fleet is the load of a fleet.
type Fleet struct {
	Cars     float64
	Hours    float64 // hours of driving per day and car
	Interval float64 // seconds between two messages of a car
}

// Messages returns the number of messages of the fleet in a month.
func (f Fleet) Messages(b *Book) float64 {
	return f.Cars * f.Hours * b.input("month.hours") / hoursOfDay * 3600 / f.Interval
}

// Rows returns the number of rows in the lake for a month's messages.
func (f Fleet) Rows(b *Book) float64 { return f.Messages(b) * b.input("message.rows") }

// Share is a part of the monthly cost.
type Share struct {
	What string
	USD  float64
}

// Shares returns the parts of a fleet's monthly cost with the Parquet lake, once the history table has reached its full size: connections,
// the paths of telemetry, storage of one month's messages, and fixed costs.
func (b *Book) Shares(f Fleet) []Share {
	messages := f.Messages(b) / million
	connected := b.charge("connected", f.Cars*f.Hours*b.input("month.hours")/hoursOfDay*60, "iot.minute")
	shares := []Share{{"Cars connected", connected.USD()}}
	for _, p := range []Path{b.Entry(), b.Live(), b.Parquet()} {
		shares = append(shares, Share{p.Name, messages * p.USD()})
	}
	kept := b.Storage()
	return append(shares,
		Share{"Records and rows kept, a month's", messages * (kept[0].USD() + kept[1].USD())},
		Share{"Hot history kept", messages * b.Hot() * (kept[4].USD() + kept[5].USD())},
		Share{"Before the first message", Path{Lines: b.Fixed()}.USD()})
}

// Month returns the sum of a fleet's shares.
func (b *Book) Month(f Fleet) float64 {
	sum := 0.0
	for _, s := range b.Shares(f) {
		sum += s.USD
	}
	return sum
}
