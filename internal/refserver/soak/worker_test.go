//go:build unix

package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// A thing is something that a worker made, with its expected state.
type thing interface {
	// verify compares the state on the server with the expected state.
	verify(ctx context.Context, client *dnanexus.Client) error
}

// A worker changes one thing after another and remembers what the server acknowledged.
// No two workers change the same thing.
type worker struct {
	client   *dnanexus.Client
	random   *rand.Rand
	tokens   []*token
	projects []*project
	touched  map[thing]bool // since they were last verified
	acked    map[audit.Action]int
	lost     map[audit.Action]int
	progress atomic.Int64 // acknowledged changes, for others to read while the worker works
}

// newWorkers returns workers with the tokens that start at number first.
func newWorkers(first int) crew {
	crew := make(crew, workers)
	for n := range crew {
		crew[n] = &worker{
			random:  rand.New(rand.NewPCG(uint64(first), uint64(n))),
			touched: map[thing]bool{}, acked: map[audit.Action]int{}, lost: map[audit.Action]int{},
		}
	}
	return crew
}

// step makes one change.
func (w *worker) step(ctx context.Context) error {
	if old := w.surplusToken(); old != nil {
		return w.do(audit.TokenRevoke, old, old.end(ctx, w.client))
	}
	token, project := recent(w.random, w.tokens), recent(w.random, w.projects)
	switch dice := w.random.IntN(12); {
	case dice < 3 || token == nil:
		return w.newToken(ctx)
	case dice < 5 || project == nil:
		return w.newProject(ctx)
	case dice < 7:
		return w.do(audit.TokenRevoke, token, token.end(ctx, w.client))
	case dice < 9:
		return w.do(audit.FolderNew, project, project.newFolders(ctx, w.client))
	case dice < 10:
		return w.do(audit.ProjectGrant, project, project.grant(ctx, w.client, w.level()))
	case dice < 11:
		return w.do(audit.ProjectGrant, project, project.withdraw(ctx, w.client))
	default:
		return w.do(audit.ProjectRemove, project, project.destroy(ctx, w.client))
	}
}

// maxTokens is how many tokens a worker has: all are of one user, who can have 1,000.
const maxTokens = 50

// surplusToken returns the token that is one too many, or nil.
func (w *worker) surplusToken() *token {
	if len(w.tokens) < maxTokens {
		return nil
	}
	oldest := w.tokens[len(w.tokens)-maxTokens]
	if !oldest.isThere() {
		return nil
	}
	return oldest
}

func (w *worker) level() dnanexus.Level {
	levels := dnanexus.Levels()
	return levels[w.random.IntN(len(levels))]
}

func (w *worker) newToken(ctx context.Context) error {
	answer, err := w.client.NewAuthToken(ctx, dnanexus.NewAuthTokenRequest{Label: "soak"})
	if err != nil {
		return w.do(audit.TokenNew, nil, err)
	}
	made := tokenOf(answer)
	w.tokens = append(w.tokens, made)
	return w.do(audit.TokenNew, made, nil)
}

func (w *worker) newProject(ctx context.Context) error {
	answer, err := w.client.NewProject(ctx, dnanexus.NewProjectRequest{Name: "Soak"})
	if err != nil {
		return w.do(audit.ProjectNew, nil, err)
	}
	made := &project{id: answer.ID, exists: factOf(true), level: factOf(dnanexus.LevelNone)}
	w.projects = append(w.projects, made)
	return w.do(audit.ProjectNew, made, nil)
}

// do records the result of a call that changed something; changed is nil if its name
// was lost.
func (w *worker) do(action audit.Action, changed thing, err error) error {
	if changed != nil {
		w.touched[changed] = true
	}
	switch {
	case err == nil:
		w.acked[action]++
		w.progress.Add(1)
	case isLost(err):
		w.lost[action]++
	}
	return err
}

// recent returns one of the last things that certainly exist, or nil.
func recent[T any, P interface {
	*T
	isThere() bool
}](random *rand.Rand, list []P) P {
	const few = 10
	if len(list) == 0 {
		return nil
	}
	picked := list[len(list)-1-random.IntN(min(few, len(list)))]
	if !picked.isThere() {
		return nil
	}
	return picked
}

// crew is a group of workers that run at the same time.
type crew []*worker

// moveTo makes the crew use a server, with the tokens that start at number first.
func (c crew) moveTo(s *server, first int) {
	for n, w := range c {
		w.client = s.client(workerToken(first + n))
	}
}

// work runs all workers until ctx is done or they fail, and returns the errors.
func (c crew) work(ctx context.Context) error {
	return c.each(func(w *worker) error {
		for ctx.Err() == nil {
			// A call that was started is not canceled: only the server may end it.
			if err := w.step(context.WithoutCancel(ctx)); err != nil {
				return err
			}
		}
		return nil
	})
}

// workThrough runs all workers until ctx is done, whatever is lost or not available
// meanwhile. It returns other errors.
func (c crew) workThrough(ctx context.Context) error {
	return c.each(func(w *worker) error {
		for ctx.Err() == nil {
			err := w.step(context.WithoutCancel(ctx))
			if err != nil && !isLost(err) && !isUnavailable(err) {
				return err
			}
		}
		return nil
	})
}

// isUnavailable reports whether a server said that its store is away, so that nothing
// changed.
func isUnavailable(err error) bool { return dnanexus.IsType(err, dnanexus.TypeServiceUnavailable) }

// begin starts all workers, which go on whatever is lost or not available meanwhile, until
// stop is called.
func (c crew) begin(t testing.TB) (stop func()) {
	working, end := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() { failed <- c.workThrough(working) }()
	return func() {
		t.Helper()
		end()
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}

// awaitProgress waits until the crew has made more changes.
func (c crew) awaitProgress(t testing.TB, more int64) {
	t.Helper()
	goal := c.progress() + more
	await(t, fmt.Sprintf("%d more changes", more), func() bool { return c.progress() >= goal })
}

// await polls, because servers and databases do not announce what is waited for.
func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * patience); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, 2*patience)
		}
	}
}

func (c crew) progress() (sum int64) {
	for _, w := range c {
		sum += w.progress.Load()
	}
	return sum
}

// workUntilLost runs all workers until they fail, and returns the errors. That the store is
// busy, as on a slow machine, is not a failure.
func (c crew) workUntilLost(ctx context.Context) error {
	return c.each(func(w *worker) error {
		for {
			if err := w.step(ctx); err != nil && !isUnavailable(err) {
				return err
			}
		}
	})
}

// makeChanges makes n changes with each worker.
func (c crew) makeChanges(ctx context.Context, n int) error {
	return c.each(func(w *worker) error {
		for range n {
			if err := w.step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// each runs f for all workers at the same time, and returns their errors.
func (c crew) each(f func(*worker) error) error {
	errs := make([]error, len(c))
	var all sync.WaitGroup
	for n, w := range c {
		all.Go(func() { errs[n] = f(w) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// verifyTouched verifies what was changed since the last verification.
func (c crew) verifyTouched(t testing.TB) {
	t.Helper()
	err := c.each(func(w *worker) error {
		defer clear(w.touched)
		for thing := range w.touched {
			if err := thing.verify(t.Context(), w.client); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// verifyAll verifies everything that the crew ever made, but for tokens that ended: each
// was verified after the kill that followed, and thousands of them would be taken for
// guesses.
func (c crew) verifyAll(t testing.TB) {
	t.Helper()
	for _, w := range c {
		for _, token := range w.tokens {
			if token.alive != factOf(false) {
				w.touched[token] = true
			}
		}
		for _, project := range w.projects {
			w.touched[project] = true
		}
	}
	c.verifyTouched(t)
}

// tally adds up how many changes were acknowledged and lost.
func (c crew) tally() (acked, lost map[audit.Action]int) {
	acked, lost = map[audit.Action]int{}, map[audit.Action]int{}
	for _, w := range c {
		for action, n := range w.acked {
			acked[action] += n
		}
		for action, n := range w.lost {
			lost[action] += n
		}
	}
	return acked, lost
}

func (c crew) changes() int {
	acked, _ := c.tally()
	return sum(acked)
}

// lostChanges is how many changes got no response.
func (c crew) lostChanges() int {
	_, lost := c.tally()
	return sum(lost)
}

func sum(counts map[audit.Action]int) (total int) {
	for _, n := range counts {
		total += n
	}
	return total
}

// onlyLost returns the joined errors except those of calls that ended with the server.
func onlyLost(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	for _, each := range joined.Unwrap() {
		if !isLost(each) {
			return fmt.Errorf("a change was refused: %w", each)
		}
	}
	return nil
}
