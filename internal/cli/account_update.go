package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// updateOptions are the flags of account update; nil means that a name stays as
// it is.
type updateOptions struct {
	change platform.NameChange
	reauthOptions
}

func (a *app) accountUpdateCommand() *cobra.Command {
	var o updateOptions
	var first, middle, last string
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Change the names of the person",
		Long: `Change first, middle or last name; what is not given stays as it is, and an
empty value takes a name away. The server may ask for the password and a code.
Other sessions of the account end then.`,
		Example: `  ` + a.Program + ` account update --first Alice --middle ""`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			given := func(name string, value *string) *string {
				if cmd.Flags().Changed(name) {
					return value
				}
				return nil
			}
			o.change = platform.NameChange{First: given("first", &first), Middle: given("middle", &middle), Last: given("last", &last)}
			return a.updateAccount(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&first, "first", "", "first `NAME`")
	flags.StringVar(&middle, "middle", "", "middle `NAME`")
	flags.StringVar(&last, "last", "", "last `NAME`")
	o.bind(flags)
	return cmd
}

func (a *app) updateAccount(ctx context.Context, o updateOptions) error {
	if o.change == (platform.NameChange{}) {
		return refusal.New(refusal.Usage, "there is nothing to change").WithHint("give --first, --middle or --last")
	}
	return a.withSettings(ctx, func(in signedIn, settings platform.Settings) error {
		err := a.proving(ctx, in.account, o.reauthOptions, func(person platform.Credentials) error {
			return settings.ChangeNames(ctx, person, o.change)
		})
		if err != nil {
			return err
		}
		a.term.Paragraph("The names of %s are changed."+othersEnded, whose(in.account))
		return a.answerJSON(changedJSON{Changed: namesIn(o.change)})
	})
}

// changedJSON is what commands that change an account print with --json.
type changedJSON struct {
	Changed []string `json:"changed"` // first, middle, last, email, password
}

func namesIn(change platform.NameChange) []string {
	var names []string
	for _, given := range []struct {
		name  string
		value *string
	}{{"first", change.First}, {"middle", change.Middle}, {"last", change.Last}} {
		if given.value != nil {
			names = append(names, given.name)
		}
	}
	return names
}

// othersEnded is what else happens when an account is changed.
const othersEnded = " Your other sessions have ended; API tokens go on."

func (a *app) accountEmailCommand() *cobra.Command {
	var o reauthOptions
	cmd := &cobra.Command{
		Use:   "email ADDRESS",
		Short: "Change the e-mail address",
		Long: `Change the e-mail address of the account. The server may ask for the password
and a code. Other sessions of the account end then.`,
		Example: `  ` + a.Program + ` account email alice@lab.example.org`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.changeEmail(cmd.Context(), args[0], o) },
	}
	o.bind(cmd.Flags())
	return cmd
}

func (a *app) changeEmail(ctx context.Context, address string, o reauthOptions) error {
	if err := checkEmail(address); err != nil {
		return usageError(err)
	}
	return a.withSettings(ctx, func(in signedIn, settings platform.Settings) error {
		err := a.proving(ctx, in.account, o, func(person platform.Credentials) error {
			return settings.ChangeEmail(ctx, person, address)
		})
		if err != nil {
			return err
		}
		a.term.Paragraph("The e-mail address of %s is %s now."+othersEnded, whose(in.account), address)
		return a.answerJSON(changedJSON{Changed: []string{"email"}})
	})
}

// checkEmail finds the slips of typing; the server checks the rest.
func checkEmail(address string) error {
	name, host, found := strings.Cut(address, "@")
	if !found || name == "" || host == "" || strings.ContainsAny(address, " \t\r\n") || strings.Contains(host, "@") {
		return fmt.Errorf("%q is no e-mail address: NAME@HOST is", address)
	}
	return nil
}
