package testpostgres

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"
)

// standbyName is the name by which a primary knows its standby.
const standbyName = "standby"

// replicated are the settings of a server that may have a standby.
func replicated() []string {
	return []string{"wal_level = replica", "max_wal_senders = 8", "wal_keep_size = 64MB", "hot_standby = on"}
}

// StartPair starts a primary with a synchronous standby: the primary acknowledges a
// commit when the standby has it.
func StartPair(t testing.TB) (primary, standby *Server) {
	t.Helper()
	primary = Start(t, replicated()...)
	standby = primary.StartStandby(t)
	primary.WaitForStandby(t, standbyName)
	return primary, standby
}

// StartStandby starts a standby by streaming replication.
func (s *Server) StartStandby(t testing.TB) *Server {
	t.Helper()
	c, err := newCluster()
	if err != nil {
		t.Fatalf("starting a standby: %v", err)
	}
	primary := fmt.Sprintf("host=%s port=%d user=%s application_name=%s", loopback, s.cluster.port, superuser, standbyName)
	err = c.run("pg_basebackup", "--pgdata="+c.data(), "--dbname="+primary, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
	if err != nil {
		t.Fatalf("starting a standby: %v", errors.Join(err, c.close()))
	}
	standby, err := serverOf(c)
	if err != nil {
		t.Fatalf("starting a standby: %v", err)
	}
	standby.endWith(t)
	return standby
}

// WaitForStandby makes commits wait for the standbys of a name, or for none if it is
// empty, and returns when the standby is in step.
func (s *Server) WaitForStandby(t testing.TB, names string) {
	t.Helper()
	s.Exec(t, "ALTER SYSTEM SET synchronous_standby_names = '"+names+"'", "SELECT pg_reload_conf()")
	inStep := `SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'`
	if names == "" {
		return
	}
	await(t, "the standby in step", func() bool {
		count, err := value(s.URL("postgres"), inStep)
		return err == nil && count == "1"
	})
}

// Promote makes a standby a primary, which waits for no standby.
func (s *Server) Promote(t testing.TB) {
	t.Helper()
	if err := s.cluster.run("pg_ctl", "--pgdata="+s.cluster.data(), "-t", strconv.Itoa(int(patience.Seconds())), "promote"); err != nil {
		t.Fatal(err)
	}
}

// Stop ends a server as its administrator does: connections are closed.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if err := s.cluster.run("pg_ctl", "--pgdata="+s.cluster.data(), "--mode=fast", "stop"); err != nil {
		t.Fatal(err)
	}
	<-s.cluster.ended
}

// Restart starts a server that was stopped or killed, on the same port.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	if err := s.cluster.start(); err != nil {
		t.Fatal(err)
	}
}

// Kill ends all processes of a server at once, as the end of its machine would.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	if err := s.cluster.kill(); err != nil {
		t.Fatal(err)
	}
}

// await polls until a server has changed its state, which it does not announce.
func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// Save keeps the databases of a server as they are, for GoBack.
func (s *Server) Save(t testing.TB) {
	t.Helper()
	s.Stop(t)
	if err := s.cluster.shell(`rm -rf saved && cp -a data saved`); err != nil {
		t.Fatal(err)
	}
	s.Restart(t)
}

// GoBack makes the databases what they were when they were saved, as a recovery to that
// time does.
func (s *Server) GoBack(t testing.TB) {
	t.Helper()
	s.Kill(t)
	if err := s.cluster.shell(`rm -rf data && cp -a saved data`); err != nil {
		t.Fatal(err)
	}
	s.Restart(t)
}
