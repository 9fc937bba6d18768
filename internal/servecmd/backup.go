package servecmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refserver"
)

// newBackup returns the command serve backup.
func newBackup() *cobra.Command {
	var store storeFlags
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the store of a server, also while it runs",
		Long: `Copy a snapshot of a sqlite store into a new FILE, while the server keeps
running. To restore, start a server on the copy: "dxauth serve" recognizes it,
ends its sessions and one-time codes, and needs --restore-tokens. A copy made in
another way is not recognized: what was revoked since is valid again.

Of a store in PostgreSQL it makes the file of "dxauth serve export". Large ones
are better copied with PostgreSQL's own programs.

The key file is not in the copy. Keep it elsewhere: with both, the
sealed secrets can be read.`,
		Example: `  dxauth serve backup --store sqlite:platform.db platform-2026-11-22.db`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			chosen, err := store.lasting()
			if err != nil {
				return err
			}
			if chosen.database != nil {
				chosen.printWeak(cmd.ErrOrStderr())
				return chosen.export(cmd, args[0])
			}
			if err := refserver.Backup(cmd.Context(), chosen.file, args[0]); err != nil {
				return serverFailed(err)
			}
			_, err = fmt.Fprintf(messages(cmd), "copied %s to %s; its key file is not in the copy\n", chosen.file, args[0])
			return err
		},
	}
	store.add(cmd, "the `STORE` to copy: sqlite:FILE or postgres://HOST/DATABASE")
	return kit.CompleteArgs(cmd, kit.CompleteFiles)
}
