package cost

// hoursOfDay makes months of days.
const hoursOfDay = 24

// Storage is the monthly cost of keeping the messages: a line for each place, for a million messages.
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

// Hot is the part of a month for which hot history is kept.
func (b *Book) Hot() float64 { return b.input("history.days") * hoursOfDay / b.input("month.hours") }

// Reading is the cost of reading all of a million messages in Athena once, by their place. Questions name columns and days, and
// read a part of that.
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

// Fixed has the fixed monthly costs of an environment.
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

// Shards is the stream of telemetry where streamMode is a number, in place of on demand.
func (b *Book) Shards() Line {
	return b.charge("the stream of telemetry, as shards", b.input("fixed.shards")*b.input("month.hours"), "kinesis.shard")
}

// Flink is the monthly cost of windows over the whole fleet.
func (b *Book) Flink() []Line {
	hours := b.input("month.hours")
	return []Line{
		b.charge("the job", b.input("flink.kpus")*hours, "flink.kpu"),
		b.charge("its running storage", b.input("flink.gb"), "flink.storage"),
		b.charge("stream of findings, one shard", hours, "kinesis.shard"),
		b.charge("stream of reports, on demand", hours, "kinesis.stream"),
	}
}

// Fleet is a fleet of cars that are on the road.
type Fleet struct {
	Cars     float64
	Hours    float64 // a day, of each car
	Interval float64 // seconds between two messages of a car
}

// Messages is the number of messages of the fleet in a month.
func (f Fleet) Messages(b *Book) float64 {
	return f.Cars * f.Hours * b.input("month.hours") / hoursOfDay * 3600 / f.Interval
}

// Rows is the number of the lake's rows of them.
func (f Fleet) Rows(b *Book) float64 { return f.Messages(b) * b.input("message.rows") }

// Share is a part of what a month costs.
type Share struct {
	What string
	USD  float64
}

// Shares are the parts of a fleet's monthly cost with the lake of Parquet, once hot history is full: connections, telemetry's way, the storage of
// that month's messages, and what is fixed.
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

// Month is the sum of a fleet's shares.
func (b *Book) Month(f Fleet) float64 {
	sum := 0.0
	for _, s := range b.Shares(f) {
		sum += s.USD
	}
	return sum
}
