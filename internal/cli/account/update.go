package account

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// updateOptions are the flags of account update, and what it uses.
type updateOptions struct {
	*kit.Console
	change platform.NameChange
	reauth credentials.Reauth
}

func updateCommand(env kit.Env) *cobra.Command {
	var o updateOptions
	var first, middle, last string
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Change your name",
		Long: `Change first, middle or last name. Names that are not given do not change, and
an empty value removes a name. The server may ask for the password and a code.
Other sessions of the account then end.`,
		Example: `  ` + env.Program + ` account update --first Alice --middle ""`,
		Args:    cobra.NoArgs,
	}
	flags := cmd.Flags()
	kit.ClearableVar(flags, &first, "first", "first `NAME`")
	kit.ClearableVar(flags, &middle, "middle", "middle `NAME`")
	kit.ClearableVar(flags, &last, "last", "last `NAME`")
	o.reauth.Bind(flags)
	given := func(name string, value *string) *string {
		if flags.Changed(name) {
			return value
		}
		return nil
	}
	cmd.RunE = env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
		o.change = platform.NameChange{First: given("first", &first), Middle: given("middle", &middle), Last: given("last", &last)}
		if o.change == (platform.NameChange{}) {
			return refusal.New(refusal.Usage, "nothing to change").WithHint("give --first, --middle or --last")
		}
		o.Console = inv.ConsoleReading(o.reauth.PasswordStdin)
		o.reauth.Console = o.Console
		return inv.Client(o.Console).Do(ctx, o.run)
	})
	return cmd
}

func (o updateOptions) run(ctx context.Context, in kit.SignedIn) error {
	settings, err := in.Settings()
	if err != nil {
		return err
	}
	err = o.reauth.IfAsked(ctx, in.Account, func(given platform.Credentials) error {
		return settings.ChangeNames(ctx, given, o.change)
	})
	if err != nil {
		return err
	}
	o.Paragraph("The name of %s is changed."+kit.OthersEnded, kit.Whose(in.Account))
	return o.AnswerJSON(changedJSON{Changed: namesIn(o.change)})
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
