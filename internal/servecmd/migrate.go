package servecmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/refserver/store/postgres"
	"github.com/dxauth/dxauth/internal/refusal"
)

// newMigrate returns the command serve migrate.
func newMigrate() *cobra.Command {
	var store storeFlags
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the tables of a PostgreSQL store up to date",
		Long: `Bring the tables of a store in PostgreSQL up to date with this version. Servers
of the previous version may continue to run meanwhile: upgrade by running this
command once and then replacing them one after the other.

If two run at once, one waits for the other. A database of a newer version is
refused. A store in a file needs no such command: "dxauth serve" brings it up to
date when it starts.`,
		Example: `  dxauth serve migrate --store postgres://db.example.org/dxauth`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := store.choose()
			if err != nil {
				return err
			}
			if chosen.database == nil {
				return refusal.Usagef("only a PostgreSQL store is brought up to date by this command; \"dxauth serve\" does so with others").
					WithHint("give --store postgres://HOST/DATABASE or --store-url-file")
			}
			chosen.printWeak(cmd.ErrOrStderr())
			if err := postgres.Migrate(cmd.Context(), *chosen.database); err != nil {
				return serverFailed(err)
			}
			_, err = fmt.Fprintf(messages(cmd), "the %s is up to date\n", chosen)
			return err
		},
	}
	store.add(cmd, "the store: a `URL` like postgres://HOST/DATABASE")
	return cmd
}
