//go:build unix

package soak

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// verifyUnavailable checks that err says that the store is temporarily unavailable, with
// a Retry-After, and not that the token is wrong.
func verifyUnavailable(t testing.TB, err error) {
	t.Helper()
	refusal, ok := errors.AsType[*dnanexus.Error](err)
	if !ok {
		t.Fatalf("got %v, want a refusal", err)
	}
	if refusal.Type != dnanexus.TypeServiceUnavailable || refusal.Status != http.StatusServiceUnavailable || refusal.Retry <= 0 {
		t.Errorf("got %v with Retry-After %s", refusal, refusal.Retry)
	}
}

// S-56: while another process locks the file, every write is refused in time, no matter
// how many wait, and the reads of other accounts work. Those of the same account wait
// for a turn behind its writes.
func TestALockedFile(t *testing.T) {
	t.Parallel()
	const writers = 20
	file := newStore(t, 1)
	s := serve(t, file)
	crew := newWorkers(0)
	crew.moveTo(s, 0)
	must(t, crew[0].newProject(t.Context()))
	unlock := lock(t, file)

	errs := make([]error, writers)
	var all sync.WaitGroup
	t.Cleanup(all.Wait)
	for i := range errs {
		all.Go(func() {
			_, errs[i] = s.client(carolsToken).NewProject(t.Context(), dnanexus.NewProjectRequest{Name: "Late"})
		})
	}
	crew.verifyAll(t)
	all.Wait()
	for _, err := range errs {
		verifyUnavailable(t, err)
	}

	unlock()
	must(t, crew[0].newProject(t.Context()))
	crew.verifyAll(t)
	db := openDatabase(t, file)
	verifyDatabase(t, db)
	verifyAudit(t, db, crew)
}

// lock locks a file as another process would, until unlock is called.
func lock(t testing.TB, file string) (unlock func()) {
	t.Helper()
	db, err := sql.Open("sqlite", file+"?_pragma=busy_timeout(5000)")
	must(t, err)
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(t.Context(), "BEGIN EXCLUSIVE")
	must(t, err)
	return func() {
		_, err := db.ExecContext(t.Context(), "ROLLBACK")
		must(t, err)
	}
}

// A server whose file is locked at the start reports it and does not wait forever.
func TestStartOnALockedFile(t *testing.T) {
	t.Parallel()
	file := newStore(t, 1)
	lock(t, file)
	code, said := runProgram(t, serveCommand(t, file))
	if code != 1 || !containsAll(said, file, "locked") {
		t.Errorf("exit code %d and output %q", code, said)
	}
}

// fill calls makeOne until it is refused, and returns the error.
func fill(t testing.TB, makeOne func(context.Context) error) error {
	t.Helper()
	const enough = 100_000
	for range enough {
		if err := makeOne(t.Context()); err != nil {
			return err
		}
	}
	t.Fatalf("%d changes fit on the disk", enough)
	return nil
}

func containsAll(text string, parts ...string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) })
}
