package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
)

// ended is the error of what was told to end by a signal.
type ended struct{ by os.Signal }

func (e *ended) Error() string { return fmt.Sprintf("ended by a signal: %v", e.by) }

// untilEnded runs f with a context that ends when the program is told to end. What f
// says then is of no interest: the error is *ended. The second signal is not waited for.
func untilEnded(f func(ctx context.Context) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 1)
	for _, s := range endings {
		if !signal.Ignored(s) { // nohup
			signal.Notify(signals, s)
		}
	}
	got := make(chan os.Signal, 1)
	go func() {
		if s, ok := <-signals; ok {
			signal.Stop(signals)
			got <- s
			cancel()
		}
		close(got)
	}()
	err := f(ctx)
	signal.Stop(signals)
	close(signals)
	if s, ok := <-got; ok {
		return &ended{s}
	}
	return err
}
