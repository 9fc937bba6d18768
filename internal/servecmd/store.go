package servecmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/store/postgres"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// The values of --store, beside the URLs of PostgreSQL.
const (
	storeMemory  = "memory"
	sqlitePrefix = "sqlite:"
)

// storeFlags name a store.
type storeFlags struct{ store, urlFile string }

// add adds the flags to a command.
func (f *storeFlags) add(cmd *cobra.Command, usage string) {
	flags := cmd.Flags()
	flags.StringVar(&f.store, "store", "", usage)
	flags.StringVar(&f.urlFile, "store-url-file", "", "`FILE` with the postgres:// URL of the store, which may have a password; only its owner may read it")
	kit.CompleteValues(flags, "store", storeMemory, sqlitePrefix, "postgres://")
}

// chosenStore is a store in a file or a database; the zero chosenStore is in memory.
type chosenStore struct {
	file     string
	database *postgres.Address
}

// choose returns the store that the flags name, or a usage error.
func (f storeFlags) choose() (chosenStore, error) {
	switch file, isFile := strings.CutPrefix(f.store, sqlitePrefix); {
	case f.urlFile != "" && f.store != "":
		return chosenStore{}, refusal.Usagef("--store and --store-url-file exclude each other")
	case f.urlFile != "":
		return f.readURL()
	case f.store == "", f.store == storeMemory:
		return chosenStore{}, nil
	case isFile && file != "":
		return chosenStore{file: file}, nil
	case postgres.IsURL(f.store):
		address, err := postgres.ParseArgument(f.store)
		if err != nil {
			return chosenStore{}, refusal.Usagef("--store postgres://...: %s", err)
		}
		return chosenStore{database: &address}, nil
	case strings.ContainsAny(f.store, "@="): // possibly a password in a mistyped URL
		return chosenStore{}, refusal.Usagef("--store: must be memory, sqlite:FILE or postgres://HOST/DATABASE")
	default:
		return chosenStore{}, refusal.Usagef("--store %s: must be memory, sqlite:FILE or postgres://HOST/DATABASE", f.store)
	}
}

// maxURLBytes is more than any URL has.
const maxURLBytes = 16 << 10

func (f storeFlags) readURL() (chosenStore, error) {
	content, err := privatefile.ReadMounted(f.urlFile, maxURLBytes)
	if err != nil {
		return chosenStore{}, refusal.Usagef("--store-url-file: %s", err)
	}
	address, err := postgres.ParseAddress(secret.New(strings.TrimSpace(string(content))))
	if err != nil {
		return chosenStore{}, refusal.Usagef("--store-url-file %s: %s", f.urlFile, err)
	}
	return chosenStore{database: &address}, nil
}

// String names a store in messages.
func (s chosenStore) String() string {
	switch {
	case s.database != nil:
		return s.database.String()
	case s.file != "":
		return "store " + s.file
	default:
		return "store in memory"
	}
}

// isMemory reports whether the store ends with the server.
func (s chosenStore) isMemory() bool { return s.database == nil && s.file == "" }

// configure makes a server use the store.
func (s chosenStore) configure(config *refserver.Config) {
	config.StoreFile, config.Postgres = s.file, s.database
}

// printWeak warns about hosts to which anyone could lead a connection.
func (s chosenStore) printWeak(stderr io.Writer) {
	if s.database == nil {
		return
	}
	for _, host := range s.database.Weak() {
		fmt.Fprintf(stderr, "warning: by its sslmode, the connection to %s is not protected from others on the way: use sslmode=verify-full\n", host)
	}
}
