//go:build unix

package soak

import (
	"context"
	"errors"
	"fmt"
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

// duration is for how long the server is killed, in one new store after the other; zero
// is one store.
func duration(t *testing.T) time.Duration {
	setting := os.Getenv("SOAK_TIME")
	if setting == "" {
		return 0
	}
	d, err := time.ParseDuration(setting)
	if err != nil {
		t.Fatalf("SOAK_TIME=%s: must be a duration such as 1h", setting)
	}
	return d
}

// S-55: after the server was killed, every acknowledged change is there, and a change in
// progress is there completely or not at all.
func TestKilledServersLoseNothing(t *testing.T) {
	t.Parallel()
	var all tally
	for end := time.Now().Add(duration(t)); ; {
		all.add(loseNothing(t, kills(t)))
		if time.Now().After(end) {
			break
		}
		t.Logf("until now %s", all)
	}
	t.Logf("%s, all there", all)
}

// A tally is what was done to stores.
type tally struct{ stores, kills, changes, lost, signIns int }

func (a *tally) add(b tally) {
	a.stores += b.stores
	a.kills += b.kills
	a.changes += b.changes
	a.lost += b.lost
	a.signIns += b.signIns
}

func (a tally) String() string {
	return fmt.Sprintf("%d stores, %d kills, %d acknowledged changes, %d without a response, and %d sign-ins",
		a.stores, a.kills, a.changes, a.lost, a.signIns)
}

// loseNothing kills the server of a new store that often.
func loseNothing(t *testing.T, rounds int) tally {
	t.Helper()
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
		verifyStore(t, file, crew)
		if t.Failed() {
			t.Fatalf("after %d kills", round+1)
		}
	}
	crew.verifyAll(t)
	s.kill()
	return tally{1, rounds, crew.changes(), crew.lostChanges(), bob.acked}
}

// verifyStore looks for partial and lost changes in a file. It closes the file: an hour of
// kills would open thousands.
func verifyStore(t *testing.T, file string, crew crew) {
	t.Helper()
	db := openDatabase(t, file)
	defer db.Close()
	verifyDatabase(t, db)
	verifyAudit(t, db, crew)
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
			if err := bob.step(alive); !isUnavailable(err) {
				failed = errors.Join(failed, err)
			}
		}
	})
	all.Go(func() { killAfter(s, crew, rand.Int64N(60)) })
	worked := crew.workUntilLost(alive)
	all.Wait()
	<-s.ended
	must(t, onlyLost(worked))
	must(t, onlyLost(failed))
}

// killAfter kills the server at some moment after a number of acknowledged changes, so that
// there is as much to lose on a slow machine.
func killAfter(s *server, crew crew, changes int64) {
	goal := crew.progress() + changes
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); crew.progress() < goal; {
		select {
		case <-tick.C:
		case <-s.ended:
			return
		case <-late:
			goal = 0
		}
	}
	time.AfterFunc(rand.N(10*time.Millisecond), func() { _ = s.process.Kill() })
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
