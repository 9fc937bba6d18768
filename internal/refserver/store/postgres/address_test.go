package postgres_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/store/postgres"
	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/secret"
)

// without unsets the variables that PostgreSQL's clients read.
func without(t *testing.T) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "PG") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	t.Setenv("HOME", t.TempDir()) // of .pgpass
}

// tlsOf describes how each way to a database is protected.
func tlsOf(address postgres.Address) string {
	config := address.Config()
	describe := func(host string, port uint16, verified, plain bool) string {
		switch {
		case plain:
			return fmt.Sprintf("%s:%d plain", host, port)
		case verified:
			return fmt.Sprintf("%s:%d verified", host, port)
		default:
			return fmt.Sprintf("%s:%d unverified", host, port)
		}
	}
	ways := []string{describe(config.Host, config.Port, config.TLSConfig != nil && !config.TLSConfig.InsecureSkipVerify, config.TLSConfig == nil)}
	for _, way := range config.Fallbacks {
		ways = append(ways, describe(way.Host, way.Port, way.TLSConfig != nil && !way.TLSConfig.InsecureSkipVerify, way.TLSConfig == nil))
	}
	return strings.Join(ways, ", ")
}

// Beyond this machine a connection is verified unless the URL itself says otherwise.
func TestHowHostsAreReached(t *testing.T) {
	without(t)
	t.Setenv("PGSSLMODE", "disable") // counts on this machine only
	tests := map[string]struct {
		ways string
		weak string
	}{
		"postgres://db.example.org/dx":                             {"db.example.org:5432 verified", ""},
		"postgresql://db.example.org/dx":                           {"db.example.org:5432 verified", ""},
		"postgres://db.example.org":                                {"db.example.org:5432 verified", ""},
		"postgres://u@10.0.0.7:6000/dx?application_name=a":         {"10.0.0.7:6000 verified", ""},
		"postgres://a:5433,b/dx":                                   {"a:5433 verified, b:5432 verified", ""},
		"postgres://127.0.0.1,b/dx":                                {"127.0.0.1:5432 verified, b:5432 verified", ""},
		"postgres:///dx?host=a,b&port=1,2":                         {"a:1 verified, b:2 verified", ""},
		"postgres://[fd00::7]/dx":                                  {"fd00::7:5432 verified", ""},
		"postgres://127.0.0.1/dx":                                  {"127.0.0.1:5432 plain", ""},
		"postgres://localhost,[::1]:7/dx":                          {"localhost:5432 plain, ::1:7 plain", ""},
		"postgres:///dx?host=/run/postgresql":                      {"/run/postgresql:5432 plain", ""},
		"postgres://%2Frun%2Fpostgresql/dx":                        {"/run/postgresql:5432 plain", ""},
		"postgres://localhost.example.org/dx":                      {"localhost.example.org:5432 verified", ""},
		"postgres://127.0.0.1/dx?sslmode=verify-full":              {"127.0.0.1:5432 verified", ""},
		"postgres://a/dx?sslmode=verify-full":                      {"a:5432 verified", ""},
		"postgres://a/dx?sslmode=disable":                          {"a:5432 plain", "a"},
		"postgres://a/dx?sslmode=require":                          {"a:5432 unverified", "a"},
		"postgres://a/dx?sslmode=prefer":                           {"a:5432 unverified, a:5432 plain", "a"},
		"postgres://a/dx?ssl=true":                                 {"a:5432 unverified", "a"},
		"postgres://a/dx?%73slmode=disable":                        {"a:5432 plain", "a"},
		"postgres://a,127.0.0.1,b/dx?sslmode=disable":              {"a:5432 plain, 127.0.0.1:5432 plain, b:5432 plain", "a b"},
		"postgres://a/dx?target_session_attrs=any&sslmode=disable": {"a:5432 plain", "a"},
	}
	for url, want := range tests {
		address, err := postgres.ParseArgument(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if got := tlsOf(address); got != want.ways {
			t.Errorf("%s: %s, want %s", url, got, want.ways)
		}
		if got := strings.Join(address.Weak(), " "); got != want.weak {
			t.Errorf("%s: weak hosts %q, want %q", url, got, want.weak)
		}
		if address.Config().ValidateConnect == nil {
			t.Errorf("%s: a server that takes no writes is accepted", url)
		}
	}
}

// What a malformed URL would quote may be a part of a password.
func TestURLsThatAreRefused(t *testing.T) {
	without(t)
	for url, want := range map[string]error{
		"":                                     postgres.ErrNotURL,
		"memory":                               postgres.ErrNotURL,
		"mysql://a/dx":                         postgres.ErrNotURL,
		"host=a dbname=dx":                     postgres.ErrNotURL,
		"postgres://u:hunter/2@a/dx":           postgres.ErrNotURL,
		"postgres://a:hunter2/dx":              postgres.ErrNotURL,
		"postgres://a/dx?sslmode=hunter2":      postgres.ErrNotURL,
		"postgres://a/d%zz":                    postgres.ErrNotURL,
		"postgres://us?er@a/dx":                postgres.ErrNotURL,
		"postgres://a/dx?connect_timeout=x":    postgres.ErrNotURL,
		"postgres://a/dx?pasword=hunter2":      postgres.ErrParameter,
		"postgres://a/dx?synchronous_commit=x": postgres.ErrParameter,
		"postgres://a/dx?sslrootcert=/hunter2": fs.ErrNotExist,
	} {
		_, err := postgres.ParseAddress(secret.New(url))
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", url, err, want)
		}
	}
}

// An argument list is public: no spelling of a password gets in.
func TestPasswordsInArguments(t *testing.T) {
	without(t)
	for _, url := range []string{
		"postgres://u:hunter2@127.0.0.1/dx",
		"postgres://:hunter2@127.0.0.1/dx",
		"postgres://u:%68unter2@127.0.0.1/dx",
		"postgres://127.0.0.1/dx?password=hunter2",
		"postgres://127.0.0.1/dx?pass%77ord=hunter2",
		"postgres://127.0.0.1/dx?sslpassword=hunter2",
		"postgres://u:hunter2@db.example.org/dx",
	} {
		if _, err := postgres.ParseArgument(url); !errors.Is(err, postgres.ErrPasswordSeen) {
			t.Errorf("%s: %v, want %v", url, err, postgres.ErrPasswordSeen)
		}
		if _, err := postgres.ParseAddress(secret.New(url)); err != nil {
			t.Errorf("%s from a file: %v", url, err)
		}
	}
	for _, name := range []string{"PGPASSFILE", "PGSERVICEFILE", "--store-url-file"} {
		if !strings.Contains(postgres.ErrPasswordSeen.Error(), name) {
			t.Errorf("%v does not name %s", postgres.ErrPasswordSeen, name)
		}
	}
}

// The files of PostgreSQL's clients hold what the URL does not.
func TestPasswordAndServiceFiles(t *testing.T) {
	without(t)
	folder := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("PGPASSFILE", write("pass", "db.example.org:5432:dx:u:hunter2\n"))
	t.Setenv("PGSERVICEFILE", write("service", "[lab]\nhost=a,b\nuser=v\npassword=hunter3\ndbname=lab\nsslmode=disable\n"))

	address, err := postgres.ParseArgument("postgres://u@db.example.org/dx")
	if err != nil || address.Config().Password != "hunter2" {
		t.Errorf("with a password file: %v", err)
	}
	address, err = postgres.ParseArgument("postgres://?service=lab")
	if err != nil {
		t.Fatal(err)
	}
	config := address.Config()
	if got, want := tlsOf(address), "a:5432 verified, b:5432 verified"; got != want || config.Password != "hunter3" || config.Database != "lab" {
		t.Errorf("with a service: %s, user %s, database %s; want %s", got, config.User, config.Database, want)
	}
	if _, err := postgres.ParseArgument("postgres://?service=other"); err == nil {
		t.Error("a service that is not in the file is accepted")
	}
}

func TestAddressesPrintNoPassword(t *testing.T) {
	without(t)
	address, err := postgres.ParseAddress(secret.New("postgres://u:hunter2@a,b:7/dx"))
	if err != nil {
		t.Fatal(err)
	}
	holder := struct{ address postgres.Address }{address}
	for _, shown := range []string{
		address.String(), fmt.Sprint(address), fmt.Sprintf("%+v", holder), fmt.Sprintf("%#v", holder),
	} {
		if strings.Contains(shown, "hunter2") {
			t.Errorf("the password is in %s", shown)
		}
	}
	if got, want := address.String(), `database "dx" on a, b`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// An error of ParseAddress has nothing of the URL; what it accepts is verified or says
// which host is not.
func FuzzParseAddress(f *testing.F) {
	for _, seed := range []string{
		"postgres://u:hunter2@a:5432,b/dx?sslmode=require", "postgres://u:hun/ter2@a/dx", "postgres://us?er@a/dx?x",
		"postgres:///dx?host=a&password=hunter2", "postgresql://[::1]:7/%64x", "postgres://a/dx?sslmode=", "postgres://a#b?sslmode=disable",
	} {
		testfuzz.Add(f, seed)
	}
	f.Setenv("HOME", f.TempDir())
	f.Fuzz(func(t *testing.T, url string) {
		if strings.Contains(url, "file=") || strings.Contains(url, "cert") || strings.Contains(url, "key") || strings.Contains(url, "%") {
			return // names a file, whose path is in the error
		}
		address, err := postgres.ParseAddress(secret.New(url))
		if err != nil {
			if !errors.Is(err, postgres.ErrNotURL) && !errors.Is(err, postgres.ErrParameter) {
				t.Errorf("%q: %v", url, err)
			}
			return
		}
		explicit := strings.Contains(url, "ssl")
		if weak := address.Weak(); len(weak) > 0 && !explicit {
			t.Errorf("%q: %v is not verified", url, weak)
		}
		if slices.Contains(address.Weak(), "localhost") {
			t.Errorf("%q: this machine is not beyond it", url)
		}
	})
}
