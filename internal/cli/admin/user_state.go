package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

func userDisableCommand(env kit.Env) *cobra.Command {
	var confirm kit.Confirmation
	cmd := userStateCommand(env, "disable", userStateOptions{
		done: "disabled", change: (*dnanexus.Client).DisableUser,
		allow: func(ctx context.Context, console *kit.Console, user string) error {
			return confirm.Require(ctx, console, "disabling "+user, "Disable "+user+", and end all sessions and API tokens of the account?", "nothing was changed")
		},
	}, &cobra.Command{
		Short: "Disable an account and end its sessions and tokens",
		Long: `Disable an account. Its sessions and API tokens end at once, and it can't be
used to log in until it is enabled again. Its data stays.

` + kit.AsksHelp,
	})
	confirm.Bind(cmd.Flags())
	return cmd
}

func userEnableCommand(env kit.Env) *cobra.Command {
	return userStateCommand(env, "enable", userStateOptions{done: "enabled", change: (*dnanexus.Client).EnableUser, allow: always}, &cobra.Command{
		Short: "Enable an account that was disabled",
		Long: `Enable an account that was disabled. Its sessions and API tokens do not come
back.`,
	})
}

func userUnlockCommand(env kit.Env) *cobra.Command {
	return userStateCommand(env, "unlock", userStateOptions{done: "unlocked", change: (*dnanexus.Client).AdminUnlockUser, allow: always}, &cobra.Command{
		Short: "Unlock an account",
		Long: `Unlock an account that an admin of its org has locked, and lift the delays after
wrong passwords and codes that apply to all networks. The delay for a single
network, at most 15 minutes, expires on its own.`,
	})
}

// userStateOptions are the arguments of a command that changes the state of an
// account, and what it uses.
type userStateOptions struct {
	*kit.Console
	user   string
	change func(*dnanexus.Client, context.Context, string) error
	done   string // the new state, for the message
	allow  func(ctx context.Context, console *kit.Console, user string) error
}

// always allows a change without a question.
func always(context.Context, *kit.Console, string) error { return nil }

// userStateCommand completes a command that changes the state of an account.
func userStateCommand(env kit.Env, verb string, o userStateOptions, cmd *cobra.Command) *cobra.Command {
	cmd.Use = verb + " USER"
	cmd.Example = "  " + env.Program + " admin user " + verb + " bob"
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
		o.Console, o.user = inv.Console(), args[0]
		return withAccounts(ctx, inv.Client(o.Console), o.run)
	})
	return cmd
}

func (o userStateOptions) run(ctx context.Context, _ kit.SignedIn, accounts *dnanexus.Client) error {
	if err := o.allow(ctx, o.Console, o.user); err != nil {
		return err
	}
	if err := o.change(accounts, ctx, o.user); err != nil {
		return err
	}
	o.Message("The account %s is %s", o.user, o.done)
	if !o.JSON {
		return nil
	}
	account, err := accounts.AdminUser(ctx, o.user)
	if err != nil {
		return err
	}
	return o.PrintJSON(adminUserOf(account))
}
