package function_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"connectedcar/lib/cdktest"
	"connectedcar/lib/function"
)

func TestWorkerThatLacksSomethingCannotBeBuilt(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(*function.WorkerProps)
		want  string
	}{
		"no messages at once":     {func(p *function.WorkerProps) { p.Queue.Batch = 0 }, "function.NewWorker Work: Queue.Batch = 0: SQS hands out 1 to 10"},
		"more than SQS hands out": {func(p *function.WorkerProps) { p.Queue.Batch = 11 }, "Queue.Batch = 11"},
		"one run at a time":       {func(p *function.WorkerProps) { p.Queue.Concurrency = 1 }, "Queue.Concurrency = 1: Lambda can be held to 2 runs"},
		"no attempts":             {func(p *function.WorkerProps) { p.Queue.Attempts = 0 }, "Queue.Attempts = 0"},
		"no patience":             {func(p *function.WorkerProps) { p.Queue.Patience = 0 }, "Queue.Patience and Queue.Slow are required"},
		"no advice":               {func(p *function.WorkerProps) { p.Queue.Slow = "" }, "Queue.Patience and Queue.Slow are required"},
		"no advice for failures":  {func(p *function.WorkerProps) { p.Failed = "" }, "Failed is required"},
	} {
		t.Run(name, func(t *testing.T) {
			props := function.WorkerProps{
				Queue:  function.WorkerQueue{Batch: 10, Concurrency: 2, Attempts: 3, Patience: time.Minute, Slow: "x"},
				Failed: "x",
			}
			tc.spoil(&props)
			assert.Contains(t, cdktest.Panic(func() { function.NewWorker(nil, "Work", props) }), tc.want)
		})
	}
}
