package cli

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/servecmd"
)

// TestUsageLinesCountArguments checks that the usage line of each command, from which
// errors take the names of arguments, allows as many as the command does.
func TestUsageLinesCountArguments(t *testing.T) {
	for _, command := range everyCommand(Tree(servecmd.Commands()...)) {
		if command.HasSubCommands() || command.Args == nil {
			continue
		}
		names := arguments(command.Use)
		takesMore := len(names) > 0 && strings.Contains(names[len(names)-1], "...")
		for count := range 6 {
			allowed := count >= len(requiredArguments(command.Use)) && (count <= len(names) || takesMore)
			if err := command.Args(command, slices.Repeat([]string{"x"}, count)); (err == nil) != allowed {
				t.Errorf("%s with %d arguments: %v, although its usage is %q", command.CommandPath(), count, err, command.Use)
			}
		}
	}
}

// mistake is a command line, and what the error says about it.
type mistake struct{ line, message, hint string }

func TestMistypedCommandLines(t *testing.T) {
	c := newClient(t)
	for _, tt := range []mistake{
		{"lgoin", `unknown command "lgoin" for "dxauth"`, "did you mean dxauth login?"},
		{"stat", `unknown command "stat" for "dxauth"`, "did you mean dxauth status?"},
		{"frobnicate", `unknown command "frobnicate" for "dxauth"`, "see dxauth --help"},
		{"lgoin --username alice", `unknown command "lgoin" for "dxauth"`, "did you mean dxauth login?"},
		{"session", `unknown command "session" for "dxauth"`, "did you mean dxauth account sessions?"},
		{"Password", `unknown command "Password" for "dxauth"`, "did you mean dxauth account password?"},
		{"orgs", `unknown command "orgs" for "dxauth"`, "did you mean dxauth account orgs or dxauth admin org?"},
		{"revoke ci", `unknown command "revoke" for "dxauth"`, "did you mean dxauth account sessions revoke or dxauth token revoke?"},
		{"admin trust add", `unknown command "trust" for "dxauth admin"`, "did you mean dxauth admin org trust?"},
		{"token lst", `unknown command "lst" for "dxauth token"`, "did you mean dxauth token list or dxauth token ls?"},
		{"token x y z", `unknown command "x" for "dxauth token"`, "see dxauth token --help"},
		{"account orgs acept lab", `unknown command "acept" for "dxauth account orgs"`, "did you mean dxauth account orgs accept?"},
		{"admin user unblock bob", `unknown command "unblock" for "dxauth admin user"`, "did you mean dxauth admin user unlock?"},
		{"login --usrname alice", "unknown flag: --usrname", "did you mean --username?"},
		{"whoami --jsn", "unknown flag: --jsn", "did you mean --json?"},
		{"whoami --frobnicate", "unknown flag: --frobnicate", "see dxauth whoami --help"},
		{"whoami -x", "unknown shorthand flag: 'x' in -x", "see dxauth whoami --help"},
		{"login --username", "flag needs an argument: --username", "see dxauth login --help"},
		{"whoami -json", "unknown shorthand flag: 'j' in -json", "did you mean --json?"},
		{"whoami -quiet", "unknown shorthand flag: 'u' in -uiet", "did you mean --quiet?"},
		{"whoami —json", `unexpected argument "—json"`, "did you mean --json? It begins with another dash"},
		{"–-json whoami", `unknown command "–-json" for "dxauth"`, "did you mean --json? It begins with another dash"},
		{"login alice", `unexpected argument "alice"`, "name the user with --username, and the server with --server"},
		{"logout alice@example.org", `unexpected argument "alice@example.org"`, "name another account with --account USER@HOST"},
		{"env fish", `unexpected argument "fish"`, "name the shell with --bash, --fish or --powershell"},
		{"switch --account bob", "switch takes the account as its argument, not with --account", "run dxauth switch USER@HOST"},
		{"whoami extra", `unexpected argument "extra"`, "see dxauth whoami --help"},
		{"switch one two", `unexpected argument "two"`, "see dxauth switch --help"},
		{"token edit", "missing argument ID|NAME", "usage: dxauth token edit ID|NAME [flags]; see dxauth token edit --help"},
		{"api project-x", "missing argument METHOD", "usage: dxauth api RESOURCE METHOD [JSON|-] [flags]; see dxauth api --help"},
		{"api", "missing argument RESOURCE", "usage: dxauth api RESOURCE METHOD [JSON|-] [flags]; see dxauth api --help"},
		{"api a b {} d", `unexpected argument "d"`, "see dxauth api --help"},
		{"exec", "missing argument COMMAND", "usage: dxauth exec [--] COMMAND [ARGUMENT...] [flags]; see dxauth exec --help"},
		{"admin org revoke-token org-x", "missing argument ID...", "usage: dxauth admin org revoke-token ORG ID... [flags]; see dxauth admin org revoke-token --help"},
		{"completion", "missing argument bash|zsh|fish|powershell", "usage: dxauth completion bash|zsh|fish|powershell [flags]; see dxauth completion --help"},
		{"completion zhs", `unknown shell "zhs"`, "did you mean dxauth completion zsh?"},
		{"completion tcsh", `unknown shell "tcsh"`, "there are completion scripts for bash, zsh, fish, powershell"},
		{"help tokne", `unknown help topic "tokne"`, "did you mean dxauth help token?"},
		{"help token nwe", `unknown help topic "nwe"`, "did you mean dxauth help token new?"},
		{"help exit", `unknown help topic "exit"`, "did you mean dxauth help exit-codes?"},
		{"help frobnicate", `unknown help topic "frobnicate"`, "see dxauth --help"},
		{"projetcs", `unknown command "projetcs" for "dxauth"`, "did you mean dxauth projects?"},
		{"acounts", `unknown command "acounts" for "dxauth"`, "did you mean dxauth accounts or dxauth account?"},
		{"ls", `unknown command "ls" for "dxauth"`, "dxauth only signs in: run dx with its session, dxauth exec -- dx ls"},
		{"2fa enabel", `unknown command "enabel" for "dxauth 2fa"`, "did you mean dxauth 2fa enable?"},
		{"config ste color never", `unknown command "ste" for "dxauth config"`, "did you mean dxauth config set?"},
		{"config set color=never", "missing argument VALUE", "did you mean dxauth config set color never?"},
		{"config set color=", "missing argument VALUE", "usage: dxauth config set NAME VALUE [flags]; see dxauth config set --help"},
		{"config set color", "missing argument VALUE", "usage: dxauth config set NAME VALUE [flags]; see dxauth config set --help"},
		{"config set colour never", `unknown setting "colour"; known are ` + strings.Join(config.Keys(), ", "), `did you mean "color"?`},
		{"config get", "missing argument NAME", "usage: dxauth config get NAME [flags]; see dxauth config get --help"},
		{"projects Exome", `unexpected argument "Exome"`, "see dxauth projects --help"},
		{"token show", "missing argument ID|NAME", "usage: dxauth token show ID|NAME [flags]; see dxauth token show --help"},
		{"token rotate a b", `unexpected argument "b"`, "see dxauth token rotate --help"},
		{"account sessions revoke", "missing argument ID...", "usage: dxauth account sessions revoke ID... [flags]; see dxauth account sessions revoke --help"},
		{"select --levle VIEW", "unknown flag: --levle", "did you mean --level?"},
		{"token new --expire 30d", "unknown flag: --expire", "did you mean --expires?"},
		{"logout --al", "unknown flag: --al", "did you mean --all?"},
		{"version now", `unexpected argument "now"`, "see dxauth version --help"},
	} {
		t.Run(tt.line, func(t *testing.T) {
			code, stdout, stderr := c.run(t, strings.Fields(tt.line)...)
			want := "dxauth: " + tt.message + "\n" + tt.hint + "\n"
			if code != 2 || stdout != "" || stderr != want {
				t.Errorf("exit code %d, stdout %q, stderr\n%swant\n%s", code, stdout, stderr, want)
			}
			code, stdout, stderr = c.run(t, append([]string{"--json"}, strings.Fields(tt.line)...)...)
			var object kit.FailureJSON
			err := json.Unmarshal([]byte(stderr), &object)
			if got := object.Error; err != nil || code != 2 || stdout != "" || got.Type != "usage" || got.Message != tt.message || got.Hint != tt.hint {
				t.Errorf("with --json: exit code %d, stdout %q, stderr %s (%v)", code, stdout, stderr, err)
			}
		})
	}
}

func TestHelpAndVersion(t *testing.T) {
	c := newClient(t)
	for line, want := range map[string]string{
		"--version":        "dxauth ",
		"-v":               "dxauth ",
		"--version --json": `"version"`,
		"help":             "Signing in:",
		"help token new":   "dxauth token new [NAME] [flags]",
		"help stores":      "never selected automatically",
		"token create -h":  "new, create",
		"token rm -h":      "revoke, rm, delete",
		"token ls -h":      "list, ls",
		"completion bash":  "complete",
		"completion zsh":   "#compdef dxauth",
		"completion fish":  "complete -c dxauth",
	} {
		if code, stdout, stderr := c.run(t, strings.Fields(line)...); code != 0 || stderr != "" || !strings.Contains(stdout, want) {
			t.Errorf("%s: exit code %d, stderr %q, stdout %q, want %q", line, code, stderr, stdout, want)
		}
	}
}

// TestJSONBehindDashes: what comes after "--" is not a flag, so it does not decide how a
// failure is reported.
func TestJSONBehindDashes(t *testing.T) {
	c := newClient(t)
	code, _, stderr := c.run(t, "whoami", "--", "--json")
	if want := "dxauth: unexpected argument \"--json\"\nsee dxauth whoami --help\n"; code != 2 || stderr != want {
		t.Errorf("exit code %d, stderr %q, want %q", code, stderr, want)
	}
}

// TestSuggestionsHideWhatIsHidden checks that no hidden command is suggested.
func TestSuggestionsHideWhatIsHidden(t *testing.T) {
	root := Tree(servecmd.Commands()...)
	sandbox, _, err := root.Find([]string{"sandbox"})
	if err != nil || slices.Contains(subcommands(sandbox), "guard") || !slices.Contains(subcommands(sandbox), "code") {
		t.Errorf("suggested below sandbox: %q, %v", subcommands(sandbox), err)
	}
	failed, ok := errors.AsType[*refusal.Error](noCommand(newRoot(kit.Env{Program: "dx"}), []string{"setenv"}))
	if !ok || !strings.Contains(failed.Hint, "dx select") {
		t.Errorf("setenv: %v", failed)
	}
}
