package cli

import (
	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/account"
	"github.com/dxauth/dxauth/internal/cli/admin"
	"github.com/dxauth/dxauth/internal/cli/api"
	"github.com/dxauth/dxauth/internal/cli/doctor"
	"github.com/dxauth/dxauth/internal/cli/dximport"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/project"
	"github.com/dxauth/dxauth/internal/cli/prompt"
	"github.com/dxauth/dxauth/internal/cli/run"
	"github.com/dxauth/dxauth/internal/cli/settings"
	"github.com/dxauth/dxauth/internal/cli/signin"
	"github.com/dxauth/dxauth/internal/cli/signout"
	"github.com/dxauth/dxauth/internal/cli/token"
	"github.com/dxauth/dxauth/internal/cli/twofactor"
	"github.com/dxauth/dxauth/internal/config"
)

// Tree returns the command tree, for documentation.
func Tree(more ...func() *cobra.Command) *cobra.Command {
	env := kit.Env{Program: "dxauth", Version: "dev"}
	root := newRoot(env)
	addAll(root, env, more)
	return root
}

// Groups of the commands in the help text.
const (
	groupSession = "session"
	groupServer  = "server"
	groupOther   = "other"
)

// newRoot returns the root command without subcommands.
func newRoot(env kit.Env) *cobra.Command {
	var showsVersion bool
	showVersion := runVersion(env)
	root := &cobra.Command{
		Use:   env.Program,
		Short: "Sign people and scripts in to DNAnexus and MOLGENIS",
		Long: `dxauth signs people and scripts in to DNAnexus-like platforms and MOLGENIS. The
session is stored in the system keyring and expires when idle, and is revoked
on the server at logout.

The commands, prompts, variables and exit codes are those of dx where dx has
them.

Start here: "` + env.Program + ` login". To try it without an account, on a platform of
your own: "` + env.Program + ` sandbox".`,
		Example: `  ` + env.Program + ` login             # log in, and select a project
  ` + env.Program + ` status            # who is logged in, and until when
  ` + env.Program + ` exec -- dx ls     # run a tool with the session
  ` + env.Program + ` token new ci      # make a token for a script
  ` + env.Program + ` logout            # end the session, here and on the server`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case asksEnvHelp(cmd):
				return showEnvHelp(cmd)
			case showsVersion:
				return showVersion(cmd, nil)
			default:
				return cmd.Help()
			}
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return config.CheckFlags(cmd.Root().PersistentFlags())
		},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(wrongFlag)
	root.SetUsageFunc(writeUsage)
	root.SetHelpFunc(helpTo(env))
	config.BindGlobalFlags(root.PersistentFlags())
	root.PersistentFlags().Bool(flagEnvHelp, false, "show the flags with which dx overrides its variables")
	root.Flags().BoolVarP(&showsVersion, "version", "v", false, "print the version")
	root.AddGroup(
		&cobra.Group{ID: groupSession, Title: "Signing in:"},
		&cobra.Group{ID: groupServer, Title: "Running your own platform:"},
		&cobra.Group{ID: groupOther, Title: "More:"},
	)
	root.SetHelpCommand(helpCommand(env))
	root.SetHelpCommandGroupID(groupOther)
	root.CompletionOptions.DisableDefaultCmd = true
	return root
}

// command is a subcommand of the root. Its name is that of the command that
// build returns.
type command struct {
	group, name string
	build       func(kit.Env) *cobra.Command
}

// commands lists the commands of the client in the order of the help text.
func commands() []command {
	return []command{
		{groupSession, "login", signin.Login},
		{groupSession, "logout", signout.Logout},
		{groupSession, "switch", signin.Switch},
		{groupSession, "accounts", signin.Accounts},
		{groupSession, "whoami", signin.Whoami},
		{groupSession, "status", signin.Status},
		{groupSession, "pwd", signin.Pwd},
		{groupSession, "prompt", prompt.Prompt},
		{groupSession, "select", project.Select},
		{groupSession, "cd", project.CD},
		{groupSession, "projects", project.Projects},
		{groupSession, "account", account.Account},
		{groupSession, "2fa", twofactor.TwoFactor},
		{groupSession, "token", token.Token},
		{groupSession, "env", run.Env},
		{groupSession, "exec", run.Exec},
		{groupSession, "shell-init", run.ShellInit},
		{groupSession, "import", dximport.Import},
		{groupServer, "admin", admin.Admin},
		{groupOther, "api", api.API},
		{groupOther, "config", settings.Config},
		{groupOther, "doctor", func(env kit.Env) *cobra.Command { return doctor.Doctor(env, run.ShellInitMark) }},
		{groupOther, "completion", completionCommand},
		{groupOther, "version", versionCommand},
	}
}

// addNamed adds only the command that the first argument names, and reports
// whether there is one. Building them all takes longer than running a small one.
func addNamed(root *cobra.Command, env kit.Env, args []string) bool {
	for _, command := range commands() {
		if len(args) > 0 && command.name == args[0] {
			addCommand(root, command.group, command.build(env))
			return true
		}
	}
	return false
}

// addAll adds every command, including those of the server.
func addAll(root *cobra.Command, env kit.Env, more []func() *cobra.Command) {
	for _, command := range commands() {
		addCommand(root, command.group, command.build(env))
	}
	for _, build := range more {
		command := build()
		kit.ReportByFlag(command)
		addCommand(root, groupServer, command)
	}
	root.AddCommand(helpTopics(root.PersistentFlags())...)
}

func addCommand(root *cobra.Command, group string, command *cobra.Command) {
	command.GroupID = group
	checkArgs(command)
	root.AddCommand(command)
}
