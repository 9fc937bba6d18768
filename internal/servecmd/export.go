package servecmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refusal"
)

// newExport returns the command serve export.
func newExport() *cobra.Command {
	var flags storeFlags
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write the store of a server into a file for any kind of store, also while it runs",
		Long: `Write a snapshot of a store into a new FILE, from which "dxauth serve restore"
fills a store of any kind: SQLite or PostgreSQL. The server may keep running.

The file is complete, or the command fails. It holds password hashes and sealed
secrets, so it is readable for its owner only. Neither tokens nor the key file
are in it; keep the key file elsewhere.`,
		Example: `  dxauth serve export --store sqlite:platform.db platform.export`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			chosen, err := flags.lasting()
			if err != nil {
				return err
			}
			chosen.printWeak(cmd.ErrOrStderr())
			return chosen.export(cmd, args[0])
		},
	}
	flags.add(cmd, "the `STORE` to copy: sqlite:FILE or postgres://HOST/DATABASE")
	return kit.CompleteArgs(cmd, kit.CompleteFiles)
}

// lasting returns a store that does not end with its server.
func (f storeFlags) lasting() (chosenStore, error) {
	chosen, err := f.choose()
	if err == nil && chosen.isMemory() {
		err = refusal.Usagef("a store in memory ends with its server").WithHint("give --store sqlite:FILE or postgres://HOST/DATABASE")
	}
	return chosen, err
}

func (s chosenStore) export(cmd *cobra.Command, file string) error {
	var config refserver.Config
	s.configure(&config)
	if err := refserver.Export(cmd.Context(), config, file); err != nil {
		return serverFailed(err)
	}
	_, err := fmt.Fprintf(messages(cmd), "copied the %s to %s; its key file is not in the copy\n", s, file)
	return err
}

// newImport returns the command serve restore, also called serve import.
func newImport() *cobra.Command {
	var flags storeFlags
	cmd := &cobra.Command{
		Use:     "restore FILE",
		Aliases: []string{"import"},
		Short:   "Fill an empty store from a file of \"serve export\"",
		Long: `Fill an empty store of any kind, SQLite or PostgreSQL, from a FILE that "dxauth
serve export" made, and compare every row with it. If that fails, the store is
as it was. "serve import" is the same command.

The store is marked as a copy of the time of the file: at the first start of a
server on it, sessions and one-time codes end, and --restore-tokens says what
happens to API tokens. The server needs the key file of the original.

A file of "dxauth serve backup --store sqlite:FILE" is a store itself: start a
server on it.`,
		Example: `  dxauth serve restore --store postgres://db.example.org/dxauth platform.export
  dxauth serve --store postgres://db.example.org/dxauth --key-file platform.db.key --restore-tokens`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			chosen, err := flags.lasting()
			if err != nil {
				return err
			}
			if _, err := os.Stat(args[0]); errors.Is(err, fs.ErrNotExist) {
				return refusal.Usagef("%s does not exist", args[0])
			}
			chosen.printWeak(cmd.ErrOrStderr())
			var config refserver.Config
			chosen.configure(&config)
			made, err := refserver.Import(cmd.Context(), config, args[0])
			if err != nil {
				return serverFailed(err)
			}
			_, err = fmt.Fprintf(messages(cmd), "filled the %s with a copy of %s; start a server on it with the key file of the original\n",
				chosen, made.Local().Format("2006-01-02 15:04"))
			return err
		},
	}
	flags.add(cmd, "the empty `STORE` to fill: sqlite:FILE or postgres://HOST/DATABASE")
	return kit.CompleteArgs(cmd, kit.CompleteFiles)
}
