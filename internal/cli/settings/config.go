// Package settings has the command config, which shows and changes the settings in
// config.yaml.
//
// It promises that a value is checked before it is written, as it is when it is used;
// that a change replaces the file as a whole, under a lock, and leaves comments and the
// other settings as they are; that no secret is accepted, because no setting is one;
// and that the commands also run if a setting is wrong, to repair it. Where another
// origin overrides what was written, they say so.
package settings

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/suggest"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/refusal"
)

// options are what the commands use.
type options struct {
	*kit.Console
	settings config.Settings // with the defaults in place of wrong values
	broken   []error
	path     string // of the settings file
}

// Config returns the command config, with those below it.
func Config(env kit.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show and change the settings",
		Long: `Show the settings and where each comes from, and change those in the settings
file. A flag comes before a variable, a variable before the file: see
"` + env.Program + ` help environment". No setting is a secret.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(listCommand(env), getCommand(env), setCommand(env), unsetCommand(env), pathCommand(env))
	return cmd
}

// runE returns a RunE function that also runs with wrong settings.
func runE(env kit.Env, run func(o options, ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return env.RunSalvagedE(func(ctx context.Context, inv kit.Invocation, broken []error) error {
			return run(options{inv.Console(), inv.Settings, broken, inv.Settings.ConfigFile()}, ctx, args)
		})(cmd, args)
	}
}

func listCommand(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the settings and where each comes from",
		Long: `List all settings with their values and where each comes from: a flag, a
variable, the settings file, or the default. Wrong ones are named on stderr.

With --json, one object is printed: {"settings": [{"name", "value", "origin":
{"kind", "name"}}]}, where the kind is flag, environment, file or default.`,
		Args: cobra.NoArgs,
		RunE: runE(env, options.list),
	}
}

// settingsJSON is what config list prints with --json.
type settingsJSON struct {
	Settings []config.Setting `json:"settings"`
}

func (o options) list(context.Context, []string) error {
	if err := o.printSettings(); err != nil {
		return err
	}
	for _, problem := range o.broken {
		o.Warn("%s", problem)
	}
	return nil
}

func (o options) printSettings() error {
	all := o.settings.All()
	if o.JSON {
		return o.PrintJSON(settingsJSON{all})
	}
	shown := format.NewTable("NAME", "VALUE", "FROM")
	for _, setting := range all {
		shown.Row(setting.Name, setting.Value, setting.Origin.String())
	}
	return o.Print(shown.Fit(o.Columns()))
}

func getCommand(env kit.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "get NAME",
		Short:   "Print a setting",
		Long:    `Print the value of a setting, from wherever it comes; nothing if it has none.`,
		Example: `  ` + env.Program + ` config get server`,
		Args:    cobra.ExactArgs(1),
		RunE: env.RunE(func(_ context.Context, inv kit.Invocation, args []string) error {
			return get(inv.Console(), inv.Settings, args[0])
		}),
	}
	cmd.ValidArgsFunction = completeNames(config.Names)
	return cmd
}

func get(console *kit.Console, settings config.Settings, name string) error {
	setting, err := settings.Get(name)
	switch {
	case errors.Is(err, config.ErrUnknown):
		return unknown(console.Program, name, config.Names(), err)
	case err != nil:
		return refusal.AsUsage(err)
	case console.JSON:
		return console.PrintJSON(setting)
	case setting.Value == "":
		return nil
	}
	return console.Printf("%s\n", setting.Value)
}

func setCommand(env kit.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set NAME VALUE",
		Short: "Set a value in the settings file",
		Long: `Set a value in the settings file, which is made if it is missing. The value is
checked first; comments and everything else in the file stay as they are.`,
		Example: `  ` + env.Program + ` config set server https://platform.example.org
  ` + env.Program + ` config set idle_timeout 10m`,
		Args: cobra.ExactArgs(2),
		RunE: runE(env, options.set),
	}
	cmd.ValidArgsFunction = func(_ *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(given) == 1 {
			return config.KeyValues(given[0]), cobra.ShellCompDirectiveNoFileComp
		}
		return completeNames(config.Keys)(nil, given, typed)
	}
	return cmd
}

// changedJSON is what config set and unset print with --json.
type changedJSON struct {
	Name  string  `json:"name"`
	Value *string `json:"value"` // null: it is not set any more
	File  string  `json:"file"`
}

func (o options) set(ctx context.Context, args []string) error {
	name, value := args[0], args[1]
	if err := config.Check(name, value); err != nil {
		return unknown(o.Program, name, config.Keys(), err)
	}
	if err := o.requireFile(); err != nil {
		return err
	}
	if err := config.Set(ctx, o.path, name, value); err != nil {
		return err
	}
	o.Message("Set %s in %s", name, o.path)
	o.warnIfOverridden(name)
	return o.AnswerJSON(changedJSON{name, &value, o.path})
}

func unsetCommand(env kit.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "unset NAME",
		Short: "Remove a setting from the settings file",
		Long: `Remove a setting from the settings file, also one that dxauth does not know. It
is not an error if it is not set there.`,
		Example: `  ` + env.Program + ` config unset server`,
		Args:    cobra.ExactArgs(1),
		RunE:    runE(env, options.unset),
	}
	cmd.ValidArgsFunction = completeNames(config.Keys)
	return cmd
}

func (o options) unset(ctx context.Context, args []string) error {
	name := args[0]
	if err := o.requireFile(); err != nil {
		return err
	}
	found, err := config.Unset(ctx, o.path, name)
	switch {
	case err != nil:
		return err
	case !found:
		o.Message("%s is not set in %s", name, o.path)
	default:
		o.Message("Removed %s from %s", name, o.path)
		o.warnIfOverridden(name)
	}
	return o.AnswerJSON(changedJSON{name, nil, o.path})
}

// warnIfOverridden warns that a flag or variable decides, whatever the file says.
func (o options) warnIfOverridden(name string) {
	if origin := o.settings.Origin(name); origin.Kind == config.KindEnvironment {
		o.Warn("%s is set and overrides the file in this shell", origin.Name)
	}
}

func pathCommand(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "path",
		Short: "Print the path of the settings file",
		Long: `Print the path of the settings file, which need not exist. With --json, an
object is printed: {"file", "exists"}.`,
		Args: cobra.NoArgs,
		RunE: runE(env, options.showPath),
	}
}

// pathJSON is what config path prints with --json.
type pathJSON struct {
	File   string `json:"file"`
	Exists bool   `json:"exists"`
}

func (o options) showPath(context.Context, []string) error {
	if err := o.requireFile(); err != nil {
		return err
	}
	if !o.JSON {
		return o.Printf("%s\n", o.path)
	}
	_, err := os.Stat(o.path)
	return o.PrintJSON(pathJSON{o.path, !errors.Is(err, fs.ErrNotExist)})
}

func (o options) requireFile() error {
	if o.path == "" {
		return refusal.New(refusal.Usage, "there is no home directory, so there is no settings file").
			WithHint("set DXAUTH_CONFIG_DIR to the folder of config.yaml")
	}
	return nil
}

// unknown returns a usage error, with the names that are similar to one that does not
// exist.
func unknown(program, name string, known []string, err error) error {
	failed := refusal.Usagef("%s", err).Wrap(err)
	if hint := suggest.Hint(name, known, strconv.Quote); hint != "" && errors.Is(err, config.ErrUnknown) {
		return failed.WithHint(hint)
	}
	return failed.WithHint("see " + program + " help environment")
}

// completeNames offers names for the first argument.
func completeNames(names func() []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(given) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return names(), cobra.ShellCompDirectiveNoFileComp
	}
}
