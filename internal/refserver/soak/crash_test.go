//go:build unix

package soak

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// kills is how often the server is killed.
func kills(t *testing.T) int {
	const usual = 5
	setting := os.Getenv("SOAK_KILLS")
	if setting == "" {
		return usual
	}
	n, err := strconv.Atoi(setting)
	if err != nil || n < 1 {
		t.Fatalf("SOAK_KILLS=%s: must be a number from 1 on", setting)
	}
	return n
}

// S-55: after the server was killed, every acknowledged change is there, and a change in
// progress is there completely or not at all.
func TestKilledServersLoseNothing(t *testing.T) {
	t.Parallel()
	rounds := kills(t)
	file := newStore(t, 2*rounds)
	crew, bob := newWorkers(0), newVisitor(t)
	start := func() *server {
		s := serve(t, file)
		crew.moveTo(s, 0)
		bob.client = s.client("")
		return s
	}
	s := start()
	for round := range rounds {
		// An interrupted sign-in counts as a failed guess, and an address has only
		// a limited number of those.
		signIns := 1 - round%2
		killAtWork(t, s, crew, bob, signIns)
		s = start()
		crew.verifyTouched(t)
		must(t, bob.verify(t.Context()))
		db := openDatabase(t, file)
		verifyDatabase(t, db)
		verifyAudit(t, db, crew)
		if t.Failed() {
			t.Fatalf("after %d kills", round+1)
		}
	}
	crew.verifyAll(t)
	t.Logf("%d kills, %d acknowledged changes and %d sign-ins, all there", rounds, crew.changes(), bob.acked)
}

// killAtWork kills the server after some work, during which bob signs in that many
// times.
func killAtWork(t *testing.T, s *server, crew crew, bob *visitor, signIns int) {
	t.Helper()
	// Clients that wait before a retry have to notice that the server is gone.
	alive, end := context.WithCancel(t.Context())
	go func() {
		<-s.ended
		end()
	}()
	var failed error
	var all sync.WaitGroup
	all.Go(func() {
		for range signIns {
			failed = errors.Join(failed, bob.step(alive))
		}
	})
	time.AfterFunc(10*time.Millisecond+rand.N(250*time.Millisecond), func() { _ = s.process.Kill() })
	worked := crew.workUntilLost(alive)
	all.Wait()
	<-s.ended
	must(t, onlyLost(worked))
	must(t, onlyLost(failed))
}

// A server killed while it creates its store can start again, and has its fixture
// completely or not at all.
func TestKilledAtTheFirstStart(t *testing.T) {
	t.Parallel()
	fixture := worldFile(t, 1)
	for range 12 {
		file := filepath.Join(t.TempDir(), "platform.db")
		first := launch(t, serveCommand(t, file, "--fixture", fixture))
		select {
		case <-first.ended:
		case <-time.After(rand.N(150 * time.Millisecond)):
		}
		first.kill()

		serve(t, file)
		db := openDatabase(t, file)
		verifyDatabase(t, db)
		var users, tokens int
		err := db.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM tokens)").Scan(&users, &tokens)
		if err != nil {
			t.Fatal(err)
		}
		if nothing, all := users+tokens == 0, users == 3 && tokens == 2*workers+1; !nothing && !all {
			t.Errorf("the store has %d users and %d tokens of the fixture", users, tokens)
		}
	}
}
