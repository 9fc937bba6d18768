//go:build unix

package testpostgres_test

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testpostgres"
)

// victimVariable makes this test binary a process that starts a server and waits to be
// killed.
const victimVariable = "TESTPOSTGRES_VICTIM"

func TestMain(m *testing.M) {
	if os.Getenv(victimVariable) != "" {
		beKilled()
	}
	os.Exit(m.Run())
}

func beKilled() {
	server, err := testpostgres.Run()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(server.Folder())
	select {}
}

// The end of a killed process is the end of its server, and of its folder.
func TestNothingIsLeftOfAKilledProcess(t *testing.T) {
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), victimVariable+"=yes")
	stdout, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	folder := strings.TrimSpace(line)
	if err != nil || !strings.HasPrefix(folder, "/tmp/testpostgres") {
		t.Fatalf("the process says %q, %v", line, err)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there", folder)
		}
	}
	if programs, _ := exec.Command("pgrep", "-f", folder).Output(); len(programs) > 0 {
		t.Errorf("processes that are still there:\n%s", programs)
	}
}

// Databases do not share anything, and order text as a language does.
func TestDatabasesOfTheSharedServer(t *testing.T) {
	server := testpostgres.Shared(t)
	fills := 0
	fill := func(url string) error {
		fills++
		return testpostgres.Execute(url, "CREATE TABLE words (word text)", "INSERT INTO words VALUES ('b'), ('A'), ('a'), ('B')")
	}
	template := fmt.Sprintf("words_%d", os.Getpid())
	for range 2 {
		url := server.CopyOf(t, template, fill)
		if got := testpostgres.Value(t, url, "SELECT string_agg(word, '' ORDER BY word) FROM words"); got != "aAbB" {
			t.Errorf("in order: %s, want aAbB", got)
		}
		if err := testpostgres.Execute(url, "DELETE FROM words"); err != nil {
			t.Fatal(err)
		}
	}
	if fills != 1 {
		t.Errorf("the template was filled %d times", fills)
	}
	if got := testpostgres.Value(t, server.NewDatabase(t), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"); got != "0" {
		t.Errorf("a new database has %s tables", got)
	}
}

// A primary that was killed is replaced by its standby, which has what was committed.
func TestPair(t *testing.T) {
	primary, standby := testpostgres.StartPair(t)
	url := primary.NewDatabase(t)
	database := url[strings.LastIndex(url, "/test_")+1 : strings.Index(url, "?")]
	if err := testpostgres.Execute(url, "CREATE TABLE t (n int)", "INSERT INTO t VALUES (7)"); err != nil {
		t.Fatal(err)
	}
	primary.Kill(t)
	standby.Promote(t)
	if got := testpostgres.Value(t, standby.TCPURL(database), "SELECT n FROM t"); got != "7" {
		t.Errorf("the new primary has %s", got)
	}
	if err := testpostgres.Execute(standby.URL(database), "INSERT INTO t VALUES (8)"); err != nil {
		t.Errorf("the new primary takes no writes: %v", err)
	}
	primary.Restart(t)
	if got := testpostgres.Value(t, primary.URL(database), "SELECT count(*) FROM t"); got != "1" {
		t.Errorf("the old primary has %s rows", got)
	}
}

// A role named scram needs its password over TCP, and only there.
func TestPasswords(t *testing.T) {
	server := testpostgres.Shared(t)
	server.Exec(t, "CREATE ROLE scram LOGIN PASSWORD 'right'")
	t.Cleanup(func() { server.Exec(t, "DROP ROLE scram") })
	for password, want := range map[string]bool{"right": true, "wrong": false} {
		url := "postgres://scram:" + password + "@" + server.HostPort() + "/postgres"
		if err := testpostgres.Execute(url, "SELECT 1"); (err == nil) != want {
			t.Errorf("with the %s password: %v", password, err)
		}
	}
}

func BenchmarkDatabase(b *testing.B) {
	server := testpostgres.Shared(b)
	fill := func(url string) error {
		for i := range 30 {
			if err := testpostgres.Execute(url, fmt.Sprintf("CREATE TABLE t%d (a text PRIMARY KEY, b text UNIQUE, c bigint)", i)); err != nil {
				return err
			}
		}
		return nil
	}
	template := fmt.Sprintf("bench_%d", os.Getpid())
	for b.Loop() {
		server.CopyOf(b, template, fill)
	}
}
