package dynamodb

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/lake"
	"connectedcar/internal/vin"
)

const (
	// modelsFor is the time for which a car's model is cached. A model hardly ever changes, and rows that are written are not corrected
	// when it does.
	modelsFor = time.Hour
	// maxModels bounds the memory of a function that has seen many cars: an entry takes about 200 bytes.
	maxModels = 100_000
)

// Models reads the models of cars from the table of vehicles and caches them for an hour.
type Models struct {
	api   API
	table string
	now   func() time.Time

	mu    sync.Mutex
	known map[vin.VIN]remembered
}

type remembered struct {
	model lake.Model
	found bool
	until time.Time
}

// NewModels uses the table of that name.
func NewModels(api API, table string, now func() time.Time) *Models {
	return &Models{api: api, table: table, now: now, known: map[vin.VIN]remembered{}}
}

// Models returns the models of those cars; cars that are not in the table are left out.
func (s *Models) Models(ctx context.Context, cars []vin.VIN) (map[vin.VIN]lake.Model, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	models := make(map[vin.VIN]lake.Model, len(cars))
	var keys []item
	for _, v := range cars {
		switch r, there := s.known[v]; {
		case !there || s.now().After(r.until):
			keys = append(keys, item{"vin": text(string(v))})
		case r.found:
			models[v] = r.model
		}
	}
	if len(s.known)+len(keys) > maxModels {
		clear(s.known)
	}
	for from := 0; from < len(keys); from += getLimit {
		if err := s.read(ctx, keys[from:min(from+getLimit, len(keys))], models); err != nil {
			return nil, err
		}
	}
	return models, nil
}

func (s *Models) read(ctx context.Context, keys []item, into map[vin.VIN]lake.Model) error {
	until := s.now().Add(modelsFor)
	for _, key := range keys {
		s.known[vin.VIN(textOf(key, "vin"))] = remembered{until: until}
	}
	for attempt := 1; len(keys) > 0; attempt++ {
		out, err := s.api.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
			s.table: {
				Keys: keys, ProjectionExpression: aws.String("vin, manufacturerId, #make, #model, modelYear, powertrain"),
				ExpressionAttributeNames: map[string]string{"#make": "make", "#model": "model"},
			},
		}})
		if err != nil {
			return s.forget(keys, awsconfig.Sort(err))
		}
		for _, it := range out.Responses[s.table] {
			v := vin.VIN(textOf(it, "vin"))
			into[v] = lake.Model{
				Manufacturer: textOf(it, "manufacturerId"), Make: textOf(it, "make"), Model: textOf(it, "model"),
				Year: int(integerOf(it, "modelYear")), Powertrain: textOf(it, "powertrain"),
			}
			s.known[v] = remembered{model: into[v], found: true, until: until}
		}
		if keys = out.UnprocessedKeys[s.table].Keys; len(keys) == 0 {
			return nil
		}
		if err := backoff(ctx, attempt); err != nil {
			return s.forget(keys, fmt.Errorf("%d models not read: %w", len(keys), err))
		}
	}
	return nil
}

// forget removes from the cache the cars whose rows could not be read.
func (s *Models) forget(keys []item, err error) error {
	for _, key := range keys {
		delete(s.known, vin.VIN(textOf(key, "vin")))
	}
	return err
}
