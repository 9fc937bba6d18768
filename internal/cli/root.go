package cli

import (
	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/account"
	"github.com/dxauth/dxauth/internal/cli/api"
	"github.com/dxauth/dxauth/internal/cli/doctor"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/project"
	"github.com/dxauth/dxauth/internal/cli/signin"
	"github.com/dxauth/dxauth/internal/cli/twofactor"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Tree returns the command tree, for documentation.
func Tree(more ...*cobra.Command) *cobra.Command {
	env := kit.Env{Program: "dxauth", Version: "dev"}
	return (&app{Env: env}).newRoot(env, more)
}

// Groups of the commands in the help text.
const (
	groupSession = "session"
	groupServer  = "server"
	groupOther   = "other"
)

func (a *app) newRoot(env kit.Env, more []*cobra.Command) *cobra.Command {
	root := &cobra.Command{
		Use:   env.Program,
		Short: "Sign people and scripts in to DNAnexus and MOLGENIS",
		Long: `dxauth signs people and scripts in to DNAnexus-like platforms and MOLGENIS. The
session is stored in the system keyring and expires when idle, and is revoked
on the server at logout.

The commands, prompts, variables and exit codes are those of dx where dx has
them.`,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(wrongUse)
	root.SetUsageTemplate(narrowFlags(root.UsageTemplate()))
	config.BindGlobalFlags(root.PersistentFlags())
	root.AddGroup(
		&cobra.Group{ID: groupSession, Title: "Signing in:"},
		&cobra.Group{ID: groupServer, Title: "A platform of one's own:"},
		&cobra.Group{ID: groupOther, Title: "More:"},
	)
	root.SetHelpCommandGroupID(groupOther)
	root.SetCompletionCommandGroupID(groupOther)
	addCommands(root, groupSession,
		signin.Login(env),
		signin.Logout(env),
		signin.Switch(env),
		signin.Whoami(env),
		signin.Status(env),
		signin.Pwd(env),
		project.Select(env),
		account.Account(env),
		twofactor.TwoFactor(env),
		a.preparing(a.tokenCommand()),
		a.preparing(a.envCommand()),
		a.preparing(a.execCommand()),
		a.preparing(a.importCommand()),
	)
	addCommands(root, groupServer, a.preparing(a.adminCommand()))
	for _, command := range more {
		kit.ReportByFlag(command)
	}
	addCommands(root, groupServer, more...)
	addCommands(root, groupOther,
		api.API(env),
		doctor.Doctor(env),
		versionCommand(env),
	)
	checkArgs(root)
	root.AddCommand(helpTopics()...)
	return root
}

func addCommands(root *cobra.Command, group string, commands ...*cobra.Command) {
	for _, command := range commands {
		command.GroupID = group
		root.AddCommand(command)
	}
}

// wrongUse makes a wrong use of an error in flags or arguments.
func wrongUse(cmd *cobra.Command, err error) error {
	return refusal.New(refusal.Usage, "%s", err).WithHint("see " + cmd.CommandPath() + " --help")
}

// checkArgs makes a wrong number of arguments a wrong use, of a command and of
// those below it.
func checkArgs(command *cobra.Command) {
	if check := command.Args; check != nil {
		command.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return wrongUse(cmd, err)
			}
			return nil
		}
	}
	for _, below := range command.Commands() {
		checkArgs(below)
	}
}
