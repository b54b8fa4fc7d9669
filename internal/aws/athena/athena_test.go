package athena

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/errs"
)

// cloud is a fake Athena. A query ends after a given number of polls, and its result comes in pages of one row.
type cloud struct {
	asked   []*athena.StartQueryExecutionInput
	states  []types.QueryExecutionState // state at each poll; the last one repeats
	looks   int
	stopped int
	pages   [][]string
}

func (c *cloud) StartQueryExecution(_ context.Context, in *athena.StartQueryExecutionInput, _ ...func(*athena.Options)) (*athena.StartQueryExecutionOutput, error) {
	c.asked = append(c.asked, in)
	return &athena.StartQueryExecutionOutput{QueryExecutionId: aws.String("q1")}, nil
}

func (c *cloud) GetQueryExecution(context.Context, *athena.GetQueryExecutionInput, ...func(*athena.Options)) (*athena.GetQueryExecutionOutput, error) {
	state := c.states[min(c.looks, len(c.states)-1)]
	c.looks++
	return &athena.GetQueryExecutionOutput{QueryExecution: &types.QueryExecution{
		Status:              &types.QueryExecutionStatus{State: state, StateChangeReason: aws.String("line 1:8: no such column")},
		Statistics:          &types.QueryExecutionStatistics{DataScannedInBytes: aws.Int64(1234)},
		ResultConfiguration: &types.ResultConfiguration{OutputLocation: aws.String("s3://results/q1.csv")},
	}}, nil
}

func (c *cloud) GetQueryResults(_ context.Context, in *athena.GetQueryResultsInput, _ ...func(*athena.Options)) (*athena.GetQueryResultsOutput, error) {
	n := len(aws.ToString(in.NextToken))
	out := &athena.GetQueryResultsOutput{ResultSet: &types.ResultSet{
		ResultSetMetadata: &types.ResultSetMetadata{ColumnInfo: []types.ColumnInfo{{Name: aws.String("vin")}, {Name: aws.String("n")}}},
	}}
	row := types.Row{}
	for _, v := range c.pages[n] {
		datum := types.Datum{VarCharValue: aws.String(v)}
		if v == "NULL" {
			datum.VarCharValue = nil
		}
		row.Data = append(row.Data, datum)
	}
	out.ResultSet.Rows = []types.Row{row}
	if n+1 < len(c.pages) {
		out.NextToken = aws.String(string(make([]byte, n+1)))
	}
	return out, nil
}

func (c *cloud) StopQueryExecution(context.Context, *athena.StopQueryExecutionInput, ...func(*athena.Options)) (*athena.StopQueryExecutionOutput, error) {
	c.stopped++
	return &athena.StopQueryExecutionOutput{}, nil
}

func TestAskReadsTheWholeAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cloud{
			states: []types.QueryExecutionState{types.QueryExecutionStateQueued, types.QueryExecutionStateRunning, types.QueryExecutionStateSucceeded},
			pages:  [][]string{{"vin", "n"}, {"V1", "1"}, {"V2", "NULL"}},
		}
		var states []string
		a := &Athena{client: c, database: "db", workgroup: "wg", Progress: func(s string, _ time.Duration) { states = append(states, s) }}
		answer, err := a.Ask(t.Context(), "SELECT 1")
		require.NoError(t, err)
		assert.Equal(t, Answer{
			Columns: []string{"vin", "n"}, Rows: [][]*string{{aws.String("V1"), aws.String("1")}, {aws.String("V2"), nil}},
			Scanned: 1234, Place: "s3://results/q1.csv",
		}, answer)
		assert.Equal(t, []string{"QUEUED", "RUNNING", "SUCCEEDED"}, states)
		require.Len(t, c.asked, 1)
		assert.Equal(t, "db", *c.asked[0].QueryExecutionContext.Database)
		assert.Nil(t, c.asked[0].QueryExecutionContext.Catalog)
		assert.Equal(t, "wg", *c.asked[0].WorkGroup)
	})
}

func TestAskNamesTheCatalog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cloud{states: []types.QueryExecutionState{types.QueryExecutionStateSucceeded}, pages: [][]string{{"n"}}}
		_, err := (&Athena{client: c, database: "db", workgroup: "wg", Catalog: "s3tablescatalog/cars"}).Ask(t.Context(), "SELECT 1")
		require.NoError(t, err)
		assert.Equal(t, "s3tablescatalog/cars", *c.asked[0].QueryExecutionContext.Catalog)
	})
}

func TestAFailedQuestionSaysWhy(t *testing.T) {
	for _, state := range []types.QueryExecutionState{types.QueryExecutionStateFailed, types.QueryExecutionStateCancelled} {
		_, err := (&Athena{client: &cloud{states: []types.QueryExecutionState{state}}}).Ask(t.Context(), "x")
		require.ErrorContains(t, err, "no such column")
		assert.Equal(t, errs.Invalid, errs.Of(err))
	}
}

func TestAQuestionThatNobodyWaitsForIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("interrupted")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, why)
		defer cancel()
		c := &cloud{states: []types.QueryExecutionState{types.QueryExecutionStateRunning}}
		_, err := (&Athena{client: c}).Ask(ctx, "x")
		require.ErrorIs(t, err, why)
		assert.Equal(t, 1, c.stopped)
		assert.Less(t, c.looks, 30, "a long question is not looked at all the time")
	})
}
