// Package athena runs queries in Amazon Athena.
package athena

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/errs"
)

type client interface {
	StartQueryExecution(context.Context, *athena.StartQueryExecutionInput, ...func(*athena.Options)) (*athena.StartQueryExecutionOutput, error)
	GetQueryExecution(context.Context, *athena.GetQueryExecutionInput, ...func(*athena.Options)) (*athena.GetQueryExecutionOutput, error)
	GetQueryResults(context.Context, *athena.GetQueryResultsInput, ...func(*athena.Options)) (*athena.GetQueryResultsOutput, error)
	StopQueryExecution(context.Context, *athena.StopQueryExecutionInput, ...func(*athena.Options)) (*athena.StopQueryExecutionOutput, error)
}

// Athena runs queries on one database in one workgroup.
type Athena struct {
	client              client
	database, workgroup string
	// Catalog is the data catalogue of the database; empty: Ordinary.
	Catalog string
	// Progress, if set, is called with the state of a query and the time since its start, each time that the query is polled.
	Progress func(state string, since time.Duration)
}

// Ordinary is the name of the data catalogue that every AWS account has.
const Ordinary = "AwsDataCatalog"

// New returns a client that runs queries on that database in that workgroup.
func New(cfg aws.Config, database, workgroup string) *Athena {
	return &Athena{client: athena.NewFromConfig(cfg), database: database, workgroup: workgroup}
}

// Answer is the result of a query.
type Answer struct {
	Columns []string
	Rows    [][]*string // a value for each column; nil is NULL
	Scanned int64       // bytes read, which AWS charges for
	Place   string      // the object in S3 that holds the answer
}

// Ask runs a query and waits for its whole result. If ctx ends first, the query is cancelled.
func (a *Athena) Ask(ctx context.Context, sql string) (Answer, error) {
	place := &types.QueryExecutionContext{Database: &a.database}
	if a.Catalog != "" {
		place.Catalog = &a.Catalog
	}
	started, err := a.client.StartQueryExecution(ctx, &athena.StartQueryExecutionInput{QueryString: &sql, WorkGroup: &a.workgroup, QueryExecutionContext: place})
	if err != nil {
		return Answer{}, fmt.Errorf("ask Athena: %w", awsconfig.Sort(err))
	}
	done, err := a.wait(ctx, started.QueryExecutionId)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{}
	if done.Statistics != nil {
		answer.Scanned = aws.ToInt64(done.Statistics.DataScannedInBytes)
	}
	if done.ResultConfiguration != nil {
		answer.Place = aws.ToString(done.ResultConfiguration.OutputLocation)
	}
	return answer, a.read(ctx, started.QueryExecutionId, &answer)
}

// The delay between two polls of a query starts at firstLook, so that a short query ends soon, and grows up to a limit, so that a long
// query is not polled often.
const (
	firstLook = 100 * time.Millisecond
	lastLook  = 5 * time.Second
)

func (a *Athena) wait(ctx context.Context, id *string) (*types.QueryExecution, error) {
	began := time.Now()
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		out, err := a.client.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: id})
		if err != nil {
			return nil, fmt.Errorf("look at the question: %w", awsconfig.Sort(err))
		}
		q := out.QueryExecution
		if a.Progress != nil {
			a.Progress(string(q.Status.State), time.Since(began))
		}
		switch q.Status.State {
		case types.QueryExecutionStateSucceeded:
			return q, nil
		case types.QueryExecutionStateFailed, types.QueryExecutionStateCancelled:
			return nil, errs.As(errs.Invalid, fmt.Errorf("Athena gave no answer (%s): %s", q.Status.State, aws.ToString(q.Status.StateChangeReason)))
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, a.takeBack(ctx, id)
		case <-timer.C:
		}
	}
}

// takeBack cancels a query that the caller no longer waits for: it would otherwise go on scanning data, at a cost.
func (a *Athena) takeBack(ctx context.Context, id *string) error {
	why := context.Cause(ctx)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	if _, err := a.client.StopQueryExecution(stop, &athena.StopQueryExecutionInput{QueryExecutionId: id}); err != nil {
		return fmt.Errorf("%w; the question %s still runs: %w", why, *id, err)
	}
	return why
}

func (a *Athena) read(ctx context.Context, id *string, into *Answer) error {
	pages := athena.NewGetQueryResultsPaginator(a.client, &athena.GetQueryResultsInput{QueryExecutionId: id})
	for first := true; pages.HasMorePages(); first = false {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("read the answer: %w", awsconfig.Sort(err))
		}
		rows := page.ResultSet.Rows
		if first {
			for _, c := range page.ResultSet.ResultSetMetadata.ColumnInfo {
				into.Columns = append(into.Columns, aws.ToString(c.Name))
			}
			rows = rows[min(1, len(rows)):] // the first row of a SELECT's result has the columns' names
		}
		for _, r := range rows {
			values := make([]*string, len(into.Columns))
			for n := range min(len(values), len(r.Data)) {
				values[n] = r.Data[n].VarCharValue
			}
			into.Rows = append(into.Rows, values)
		}
	}
	return nil
}
