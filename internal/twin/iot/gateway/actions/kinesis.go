package actions

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	kinesistypes "github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"connectedcar/internal/twin/iot/sql"
)

type kinesisAPI interface {
	PutRecords(context.Context, *kinesis.PutRecordsInput, ...func(*kinesis.Options)) (*kinesis.PutRecordsOutput, error)
}

// putRecords is the Kinesis action. It collects the messages of all connections and puts them in batches.
type putRecords struct {
	builder *Builder
	name    string // as in the rule, before substitution
	stream  *sql.Template
	key     *sql.Template
}

// newKinesis puts one record per message.
func (b *Builder) newKinesis(f *fields, a types.KinesisAction) Action {
	return &putRecords{b, aws.ToString(a.StreamName), f.template("streamName", a.StreamName), f.template("partitionKey", a.PartitionKey)}
}

// Describe implements Action.
func (p *putRecords) Describe() (action, resource string) { return "KinesisAction", p.name }

// Start implements Action.
func (p *putRecords) Start(ctx context.Context, in Invocation) Wait {
	key, err := in.render(ctx, "partitionKey", p.key)
	if err == nil && (key == "" || len(key) > maxKey) {
		err = Permanent(fmt.Errorf("a partition key of %d bytes: allowed are 1 to %d", len(key), maxKey))
	}
	name, bad := in.destination(ctx, "streamName", p.stream)
	if err = errors.Join(err, bad); err != nil {
		return p.failed(err)
	}
	r := &record{key: key, data: in.Output, done: make(chan error, 1)}
	p.builder.streams.of(name, p.builder.kinesis, p.builder.retry).add(r)
	return func() *Failure {
		if err := <-r.done; err != nil {
			return p.failed(err)()
		}
		return nil
	}
}

func (p *putRecords) failed(err error) Wait {
	action, resource := p.Describe()
	return func() *Failure { return &Failure{action, resource, err} }
}

// Limits of PutRecords. The partition key counts towards the size.
const (
	maxKey     = 256
	maxRecords = 500
	maxBytes   = 5 << 20
)

// streams holds the batcher of every stream. Batchers outlive the rules that use them.
type streams struct {
	mu     sync.Mutex
	byName map[string]*stream
}

func (s *streams) of(name string, api kinesisAPI, r *Retrier) *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byName == nil {
		s.byName = map[string]*stream{}
	}
	if _, ok := s.byName[name]; !ok {
		s.byName[name] = &stream{name: name, api: api, retry: r}
	}
	return s.byName[name]
}

// stream puts records in batches: while one batch is being sent, the next one collects. Records keep their order. Without records there is
// no goroutine.
type stream struct {
	name  string
	api   kinesisAPI
	retry *Retrier

	mu      sync.Mutex
	waiting []*record
	busy    bool
}

type record struct {
	key  string
	data []byte
	done chan error
}

func (s *stream) add(r *record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = append(s.waiting, r)
	if !s.busy {
		s.busy = true
		go s.run()
	}
}

func (s *stream) run() {
	for {
		batch := s.next()
		if batch == nil {
			return
		}
		s.put(batch)
	}
}

// next takes as many records as fit one PutRecords call. If there are none, it ends the goroutine.
func (s *stream) next() []*record {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, size := 0, 0
	for n < len(s.waiting) && n < maxRecords {
		size += len(s.waiting[n].key) + len(s.waiting[n].data)
		if size > maxBytes && n > 0 {
			break
		}
		n++
	}
	if n == 0 {
		s.busy, s.waiting = false, nil
		return nil
	}
	batch := s.waiting[:n:n]
	s.waiting = s.waiting[n:]
	return batch
}

var errNotTaken = errors.New("record not taken")

// put writes the batch, retries the records that Kinesis did not take, and reports the outcome of every record.
func (s *stream) put(batch []*record) {
	err := s.retry.Do(context.Background(), "KinesisAction "+s.name, func(ctx context.Context) error {
		out, err := s.api.PutRecords(ctx, inputOf(s.name, batch))
		if err != nil {
			return err
		}
		batch, err = settle(batch, out.Records)
		return err
	})
	for _, r := range batch {
		r.done <- err
	}
}

func inputOf(name string, batch []*record) *kinesis.PutRecordsInput {
	in := &kinesis.PutRecordsInput{StreamName: &name, Records: make([]kinesistypes.PutRecordsRequestEntry, len(batch))}
	for i, r := range batch {
		in.Records[i] = kinesistypes.PutRecordsRequestEntry{PartitionKey: &r.key, Data: r.data}
	}
	return in
}

// settle reports success for the records that were taken, and returns the others with the error.
func settle(batch []*record, results []kinesistypes.PutRecordsResultEntry) (left []*record, err error) {
	if len(results) != len(batch) {
		return batch, fmt.Errorf("%d results for %d records", len(results), len(batch))
	}
	for i, r := range batch {
		if results[i].ErrorCode == nil {
			r.done <- nil
			continue
		}
		left = append(left, r)
		err = fmt.Errorf("%w: %s: %s", errNotTaken, *results[i].ErrorCode, aws.ToString(results[i].ErrorMessage))
	}
	return left, err
}
