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
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
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

// Databases have what is in their template and nothing of each other, and order text as
// a language does.
func TestDatabasesOfTheSharedServer(t *testing.T) {
	server := testpostgres.Shared(t)
	fills := 0
	fill := func(url string) error {
		fills++
		return testpostgres.Execute(url,
			"CREATE TABLE words (word text, place int GENERATED ALWAYS AS IDENTITY)",
			"CREATE TABLE marks (name text)", "INSERT INTO marks VALUES ('made')")
	}
	template := fmt.Sprintf("words_%d", os.Getpid())
	uses := map[string]int{}
	for _, change := range []string{"DELETE FROM marks", "INSERT INTO marks VALUES ('more')", "ALTER TABLE words ADD COLUMN more text", "CREATE TABLE more (a int)", "SELECT 1"} {
		t.Run(change, func(t *testing.T) {
			url := server.CopyOf(t, template, fill)
			uses[url]++
			if err := testpostgres.Execute(url, "INSERT INTO words VALUES ('b'), ('A'), ('a'), ('B')"); err != nil {
				t.Fatal(err)
			}
			for query, want := range map[string]string{
				"SELECT string_agg(word || place, ' ' ORDER BY word) FROM words": "a3 A2 b1 B4",
				"SELECT string_agg(name, ' ') FROM marks":                        "made",
				"SELECT count(*) FROM pg_tables WHERE schemaname = 'public'":     "2",
			} {
				if got := testpostgres.Value(t, url, query); got != want {
					t.Errorf("%s: %s, want %s", query, got, want)
				}
			}
			if err := testpostgres.Execute(url, change); err != nil {
				t.Fatal(err)
			}
		})
	}
	if fills != 1 {
		t.Errorf("the template was filled %d times", fills)
	}
	if len(uses) != 3 {
		t.Errorf("%d databases, want one more after each change of the schema: 3", len(uses))
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
