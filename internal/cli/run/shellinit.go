package run

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/suggest"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/refusal"
)

// initShells lists the shells for which shell-init has functions.
func initShells() []string { return []string{"bash", "zsh", "fish"} }

// ShellInit returns the command shell-init.
func ShellInit(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "shell-init " + strings.Join(initShells(), "|"),
		Short: "Print functions that run dx from the stored session",
		Long: `Print functions for a shell, so that dx, dxfuse, dxda and ua run with the stored
session, and no token lies in plain text. Load them at the start of each shell:

  bash   eval "$(` + env.Program + ` shell-init bash)"    in ~/.bashrc
  zsh    eval "$(` + env.Program + ` shell-init zsh)"     in ~/.zshrc
  fish   ` + env.Program + ` shell-init fish | source     in ~/.config/fish/config.fish

There is a function for each of these programs that is installed. It runs the
program through "` + env.Program + ` exec", which counts as a use of the session; inside of
exec it runs the program directly. dx login, logout, select, cd, setenv, env,
whoami and pwd are the commands of ` + env.Program + `; dx clearenv unsets what
"` + env.Program + ` env --bash" exported to the shell.

dxfuse stays when its command has ended. It gets a token of its own, which can
view all projects and expires after 12 hours.

The setting shell_tools adds programs, each with the projects that its token
reaches: NAME=PROJECT[=LEVEL], separated by semicolons.

After a program was installed or the setting was changed, load the functions
again; "` + env.Program + ` doctor" says when that is needed.`,
		Example: `  eval "$(` + env.Program + ` shell-init bash)"
  ` + env.Program + ` config set shell_tools "nextflow=Exome 2026=CONTRIBUTE; snakemake=*=VIEW"`,
		ValidArgs: initShells(),
		Args:      cobra.ExactArgs(1),
		RunE: env.RunE(func(_ context.Context, inv kit.Invocation, args []string) error {
			script, err := shellFunctions(inv, args[0])
			if err != nil {
				return err
			}
			return inv.Console().Print(script)
		}),
	}
}

// ShellInitMark returns the value of [kit.ShellInitVariable] in a shell whose functions are
// up to date.
func ShellInitMark(inv kit.Invocation, shell string) (string, error) {
	language, tools, err := initOf(inv, shell)
	if err != nil {
		return "", err
	}
	return language.mark(tools), nil
}

func shellFunctions(inv kit.Invocation, shell string) (string, error) {
	language, tools, err := initOf(inv, shell)
	if err != nil {
		return "", err
	}
	return language.script(tools), nil
}

func initOf(inv kit.Invocation, shell string) (initShell, []tool, error) {
	language := initShell{name: shell, program: inv.Program}
	switch shell {
	case "bash", "zsh":
		language.function, language.shell = posixFunction, posixShell()
	case "fish":
		language.function, language.shell = fishFunction, fishShell()
	default:
		hint := suggest.Hint(shell, initShells(), func(known string) string { return inv.Program + " shell-init " + known })
		if hint == "" {
			hint = "there are functions for " + strings.Join(initShells(), ", ")
		}
		return language, nil, refusal.Usagef("unknown shell %q", shell).WithHint(hint)
	}
	others, err := inv.Settings.ShellTools()
	if err != nil {
		return language, nil, err
	}
	return language, installed(others), nil
}

// tool is a program that a function runs.
type tool struct {
	name  string
	ours  []string // its commands that are those of this program
	unset string   // its command that unsets the variables of env in the shell; "": none
	flags []string // of exec
}

// installed returns the programs that are installed. A dx that is this program needs no
// function.
func installed(others []config.ShellTool) []tool {
	list := []tool{
		{name: "dx", ours: []string{"login", "logout", "select", "cd", "setenv", "env", "whoami", "pwd"}, unset: "clearenv"},
		{name: "dxfuse", flags: []string{"--scope", "*=VIEW", "--ttl", "12h", "--keep-token"}},
		{name: "dxda"},
		{name: "ua"},
	}
	for _, other := range others {
		added := tool{name: other.Name}
		for _, project := range other.Scope {
			added.flags = append(added.flags, "--scope", project)
		}
		list = append(list, added)
	}
	return slices.DeleteFunc(list, func(t tool) bool {
		path, err := exec.LookPath(t.name)
		return err != nil || kit.IsThisProgram(path)
	})
}

// initShell is a shell with functions.
type initShell struct {
	name     string
	program  string // this one
	shell    shell
	function func(program string, t tool) string
}

// mark returns a text that changes with the functions.
func (s initShell) mark(tools []tool) string {
	return fmt.Sprintf("%s:%.6x", s.name, sha256.Sum256([]byte(s.functions(tools))))
}

func (s initShell) script(tools []tool) string {
	return s.functions(tools) + s.shell.set(variable{kit.ShellInitVariable, s.mark(tools)}) + "\n"
}

func (s initShell) functions(tools []tool) string {
	var script strings.Builder
	for _, t := range tools {
		script.WriteString(s.function(s.program, t))
	}
	return script.String()
}

// posixFunction returns a function for bash and zsh. After the word function, no alias
// of the same name is expanded; but an alias would come before the function. argcomplete
// runs dx on TAB only to list its commands.
func posixFunction(program string, t tool) string {
	ours := ""
	if len(t.ours) > 0 {
		ours = "  case \"${1-}\" in\n    " + strings.Join(t.ours, "|") + ") command " + program + " \"$@\"; return ;;\n" +
			"    " + t.unset + ") eval \"$(command " + program + " env --unset)\"; return ;;\n  esac\n"
	}
	return `unalias ` + t.name + ` 2>/dev/null || :
function ` + t.name + ` {
  if [ -n "${` + kit.ExecVariable + `-}${_ARGCOMPLETE-}" ]; then
    command ` + t.name + ` "$@"
    return
  fi
` + ours + `  command ` + program + ` exec` + quoted(shellQuote, t.flags) + ` -- ` + t.name + ` "$@"
}
`
}

func fishFunction(program string, t tool) string {
	ours := ""
	if len(t.ours) > 0 {
		ours = "  switch \"$argv[1]\"\n    case " + strings.Join(t.ours, " ") + "\n      command " + program + " $argv\n      return\n" +
			"    case " + t.unset + "\n      command " + program + " env --unset --fish | source\n      return\n  end\n"
	}
	return `function ` + t.name + `
  if test -n "$` + kit.ExecVariable + `$_ARGCOMPLETE"
    command ` + t.name + ` $argv
    return
  end
` + ours + `  command ` + program + ` exec` + quoted(fishQuote, t.flags) + ` -- ` + t.name + ` $argv
end
`
}

// quoted returns words for a command line, each after a space.
func quoted(quote func(string) string, words []string) string {
	var line strings.Builder
	for _, word := range words {
		line.WriteString(" " + quote(word))
	}
	return line.String()
}
