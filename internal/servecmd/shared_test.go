//go:build unix

package servecmd_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/store/postgres"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/testpostgres"
	"github.com/dxauth/dxauth/pkg/secret"
)

// migrated returns the URL of a new database with the tables and no rows.
func migrated(t *testing.T) string {
	t.Helper()
	return testpostgres.Shared(t).CopyOf(t, "dxauth_servecmd", func(url string) error {
		address, err := postgres.ParseAddress(secret.New(url))
		if err != nil {
			return err
		}
		return postgres.Migrate(context.Background(), address)
	})
}

// Servers of one database print one code for the first administrator, also those that
// start at once, and say what could be lost.
func TestServersOfOneDatabase(t *testing.T) {
	database := migrated(t)
	key := filepath.Join(t.TempDir(), "dxauth.key")
	codes := map[string]bool{}
	for range 2 {
		s := serve(t, "--store", database, "--key-file", key)
		defer s.end()
		if got := get(t, http.DefaultClient, s.url+"/readyz"); !strings.HasPrefix(got, "ok\nwarning: ") {
			t.Errorf("readyz: %q", got)
		}
		for _, code := range codeLine.FindAllStringSubmatch(s.screen.String(), -1) {
			codes[code[1]] = true
		}
		if want := "warning: synchronous_standby_names is empty"; !strings.Contains(s.screen.String(), want) {
			t.Errorf("%q is not in\n%s", want, s.screen)
		}
	}
	if len(codes) != 1 {
		t.Errorf("%d codes", len(codes))
	}
}

// S-57: a server with another key, or with none, changes nothing and does not start.
func TestAServerNeedsTheKeyOfTheDatabase(t *testing.T) {
	database := migrated(t)
	folder := t.TempDir()
	key := filepath.Join(folder, "dxauth.key")
	serve(t, "--store", database, "--key-file", key).end()

	other := filepath.Join(folder, "other.key")
	err := refused(t, "--store", database, "--key-file", other)
	if want := "copy it from another server"; !strings.Contains(err.Error(), want) {
		t.Errorf("without the key: %q does not say %s", err, want)
	}
	if err := os.WriteFile(other, []byte(strings.Repeat("k", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	err = refused(t, "--store", database, "--key-file", other)
	if !strings.Contains(err.Error(), other+" does not belong to the database") || !strings.Contains(err.Error(), "sealed with key") {
		t.Errorf("with another key: %v", err)
	}
	err = refused(t, "--store", database)
	if refusal.CodeOf(err) != refusal.Usage || !strings.Contains(withHint(err), "needs a key file: all servers of a database use a copy of the same key; give --key-file FILE") {
		t.Errorf("without a key: %v", err)
	}
}

// A database that went back to an earlier time is refused until the operator decides;
// a server that remembers nothing warns.
func TestADatabaseThatWentBack(t *testing.T) {
	database := migrated(t)
	key := filepath.Join(t.TempDir(), "dxauth.key")
	change := func(statement string) {
		if err := testpostgres.Execute(database, statement); err != nil {
			t.Fatal(err)
		}
	}
	serve(t, "--store", database, "--key-file", key).end()
	change(`INSERT INTO audit (time, actor, subject, action, result, factor, address, user_agent, request_id)
		SELECT n, 'user-alice', '', 'token.revoke', 'ok', '', '', '', '' FROM generate_series(1, 3) AS n`)
	serve(t, "--store", database, "--key-file", key).end() // remembers the rows
	change("DELETE FROM audit WHERE no = (SELECT max(no) FROM audit)")
	err := refused(t, "--store", database, "--key-file", key)
	if refusal.CodeOf(err) != refusal.Usage || !strings.Contains(err.Error(), "is at an earlier time") || !strings.Contains(withHint(err), key+".seen; if that is right, give --restore-tokens") {
		t.Errorf("without a choice: %v", err)
	}
	s := serve(t, "--store", database, "--key-file", key, "--restore-tokens=false")
	if want := "warning: the store is at an earlier time than it was: all sessions and one-time codes are ended, all API tokens are ended"; !strings.Contains(s.screen.String(), want) {
		t.Errorf("%q is not in\n%s", want, s.screen)
	}
	s.end()
	s = serve(t, "--store", database, "--key-file", key)
	if strings.Contains(s.screen.String(), "earlier time") {
		t.Errorf("a second time:\n%s", s.screen)
	}
	s.end()
	if err := os.Remove(key + ".seen"); err != nil {
		t.Fatal(err)
	}
	s = serve(t, "--store", database, "--key-file", key)
	if want := "warning: this server sees the store for the first time"; !strings.Contains(s.screen.String(), want) {
		t.Errorf("%q is not in\n%s", want, s.screen)
	}
	s.end()
}

// The URL of a store is in a private file if it has a password, and in no message.
func TestTheURLOfAStore(t *testing.T) {
	folder := t.TempDir()
	write := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key := filepath.Join(folder, "dxauth.key")
	for name, test := range map[string]struct {
		flags []string
		want  string
	}{
		"a password in the arguments":  {[]string{"--store", "postgres://u:hunter2@127.0.0.1/dx"}, "the URL has a password"},
		"a malformed URL":              {[]string{"--store", "postgres://u:hunter/2@127.0.0.1/dx"}, "--store postgres://...: not a URL"},
		"a mistyped URL":               {[]string{"--store", "postgres:/u:hunter2@127.0.0.1/dx"}, "--store: must be memory"},
		"an exposed file":              {[]string{"--store-url-file", write("open", "postgres://u:hunter2@127.0.0.1/dx", 0o644)}, "is open to other users (mode 0644): run chmod 600"},
		"a file with something else":   {[]string{"--store-url-file", write("else", "hunter2", 0o600)}, "not a URL like"},
		"no file":                      {[]string{"--store-url-file", filepath.Join(folder, "none")}, "no such file"},
		"two stores":                   {[]string{"--store", "memory", "--store-url-file", "x"}, "exclude each other"},
		"a database that is not there": {[]string{"--store-url-file", write("gone", "postgres://u:hunter2@127.0.0.1:1/dx\n", 0o600)}, "not available"},
	} {
		t.Run(name, func(t *testing.T) {
			err := refused(t, append(test.flags, "--key-file", key)...)
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q does not say %q", err, test.want)
			}
			if strings.Contains(err.Error(), "hunter") {
				t.Errorf("%q quotes the password", err)
			}
		})
	}
	server := testpostgres.Shared(t)
	database := migrated(t)
	server.Exec(t, "CREATE ROLE scram LOGIN SUPERUSER PASSWORD 'hunter2'")
	t.Cleanup(func() { server.Exec(t, "DROP ROLE scram") })
	name := testpostgres.Value(t, database, "SELECT current_database()")
	file := write("right", "postgres://scram:hunter2@"+server.HostPort()+"/"+name+"\n", 0o600)
	s := serve(t, "--store-url-file", file, "--key-file", key)
	s.end()
	if strings.Contains(s.screen.String(), "hunter") {
		t.Errorf("the password is in\n%s", s.screen)
	}
}

// Two that bring the same database up to date wait for each other.
func TestMigrate(t *testing.T) {
	database := testpostgres.Shared(t).NewDatabase(t)
	results := make(chan error, 4)
	for range cap(results) {
		go func() { results <- execute(t.Context(), newScreen(), "migrate", "--store", database) }()
	}
	for range cap(results) {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if err := testpostgres.Execute(database, "UPDATE schema_version SET version = version + 1"); err != nil {
		t.Fatal(err)
	}
	err := execute(t.Context(), newScreen(), "migrate", "--store", database)
	if err == nil || !strings.Contains(err.Error(), "use a newer dxauth") {
		t.Errorf("a newer schema: %v", err)
	}
	err = execute(t.Context(), newScreen(), "migrate", "--store", "sqlite:x.db")
	if refusal.CodeOf(err) != refusal.Usage {
		t.Errorf("a store in a file: %v", err)
	}
}

// A store in a file moves into a database, with its key.
func TestAStoreMovesIntoADatabase(t *testing.T) {
	folder := t.TempDir()
	file, exported := filepath.Join(folder, "platform.db"), filepath.Join(folder, "platform.export")
	serve(t, "--store", "sqlite:"+file, "--fixture", "demo").end()
	database := migrated(t)
	for _, command := range [][]string{
		{"backup", "--store", "sqlite:" + file, file + ".copy"},
		{"export", "--store", "sqlite:" + file + ".copy", exported},
		{"import", "--store", database, exported},
	} {
		if err := execute(t.Context(), newScreen(), command...); err != nil {
			t.Fatalf("%v: %v", command, err)
		}
	}
	err := refused(t, "--store", database, "--key-file", file+".key")
	if !strings.Contains(err.Error(), "is a copy of") {
		t.Errorf("without a choice: %v", err)
	}
	s := serve(t, "--store", database, "--key-file", file+".key", "--restore-tokens")
	s.end()
	if !strings.Contains(s.screen.String(), "warning: the store is a copy of") {
		t.Errorf("the server does not warn:\n%s", s.screen)
	}
	if err := execute(t.Context(), newScreen(), "backup", "--store", database, exported+".2"); err != nil {
		t.Errorf("a backup of the database: %v", err)
	}
}

// Servers that start at once on an empty database make its tables once, and print one
// code.
func TestServersThatStartAtOnce(t *testing.T) {
	database := testpostgres.Shared(t).NewDatabase(t)
	key := filepath.Join(t.TempDir(), "dxauth.key")
	ctx, stop := context.WithCancel(t.Context())
	screens, ended := []*screen{newScreen(), newScreen(), newScreen()}, make(chan error, 3)
	var all sync.WaitGroup
	t.Cleanup(all.Wait)
	for _, screen := range screens {
		all.Go(func() {
			ended <- execute(ctx, screen, "--listen", "127.0.0.1:0", "--store", database, "--key-file", key)
		})
	}
	codes := map[string]bool{}
	for _, screen := range screens {
		select {
		case <-screen.ready:
		case err := <-ended:
			t.Fatalf("a server ended: %v", err)
		}
		codes[codeLine.FindString(screen.String())] = true
	}
	if len(codes) != 1 || codes[""] {
		t.Errorf("%d codes", len(codes))
	}
	stop()
	for range screens {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// While the database is away a server says so, and works again by itself.
func TestADatabaseThatIsAway(t *testing.T) {
	server := testpostgres.Start(t)
	server.Exec(t, "CREATE DATABASE dxauth")
	s := serve(t, "--store", server.URL("dxauth"), "--key-file", filepath.Join(t.TempDir(), "dxauth.key"), "--fixture", "demo")
	status := func(path string) (int, string) {
		request, err := http.NewRequestWithContext(t.Context(), "POST", s.url+path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if path == "/readyz" {
			request.Method = "GET"
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer 0123456789abcdefghijABCDEFGHIJ01")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode, response.Header.Get("Retry-After")
	}
	for _, step := range []struct {
		change     func(testing.TB)
		want       int
		retryAfter bool
	}{
		{func(testing.TB) {}, http.StatusOK, false},
		{server.Stop, http.StatusServiceUnavailable, true},
		{server.Restart, http.StatusOK, false},
	} {
		step.change(t)
		if got, _ := status("/readyz"); got != step.want {
			t.Errorf("readyz is %d, want %d", got, step.want)
		}
		if got, retry := status("/system/whoami"); got != step.want || (retry != "") != step.retryAfter {
			t.Errorf("whoami is %d with Retry-After %q, want %d", got, retry, step.want)
		}
	}
	s.end()
}

// The warning about a connection that others on the way could read or change comes
// before the connection.
func TestWeakConnectionsAreWarnedOf(t *testing.T) {
	key := filepath.Join(t.TempDir(), "dxauth.key")
	for _, command := range [][]string{{"--key-file", key}, {"migrate"}, {"export", key + ".export"}} {
		for sslmode, want := range map[string]bool{"": false, "?sslmode=verify-full": false, "?sslmode=require": true, "?sslmode=disable": true} {
			screen := newScreen()
			store := "postgres://db.invalid:1,127.0.0.1:1/dx" + sslmode
			if err := execute(t.Context(), screen, append(command, "--store", store)...); err == nil {
				t.Fatal("a database that is not there was used")
			}
			warning := "warning: by its sslmode, the connection to db.invalid is not protected"
			if got := strings.Count(screen.String(), warning); (got == 1) != want {
				t.Errorf("%v with %q: %d warnings in\n%s", command, sslmode, got, screen)
			}
		}
	}
}
