package gateway

import "sync"

// workers are goroutines that must end before the gateway does.
type workers struct {
	mu      sync.Mutex
	n       int
	done    chan struct{} // closed when the last goroutine ends; nil until finish
	stopped bool
}

// start runs the function in a goroutine. It returns false, without running the function, after finish.
func (w *workers) start(f func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return false
	}
	w.n++
	go func() {
		defer w.end()
		f()
	}()
	return true
}

func (w *workers) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n--
	if w.stopped && w.n == 0 {
		close(w.done)
	}
}

// finish stops new goroutines from starting, and returns a channel that is closed when all of them have ended.
func (w *workers) finish() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.stopped {
		w.stopped, w.done = true, make(chan struct{})
		if w.n == 0 {
			close(w.done)
		}
	}
	return w.done
}
