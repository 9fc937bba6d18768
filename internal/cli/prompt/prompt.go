// Package prompt has the command prompt, which prints a line for the prompt of a shell.
//
// It promises to take no longer than a shell can wait: it contacts no server, opens no
// credential store and reads no file that may be a pipe; to print nothing that a shell
// would run; and not to count as a use of the session.
package prompt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/projectpick"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/terminal"
)

// promptOptions are what prompt uses.
type promptOptions struct {
	*kit.Console
	client *kit.Client
	getenv func(string) string
}

// Prompt returns the command prompt.
func Prompt(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "prompt",
		Short: "Print account, project and time left, for a shell's prompt",
		Long: `Print one line for the prompt of a shell: the account, the selected project and
folder, and the minutes that are left until the session ends if it is not used,
or "locked" if the credential is sealed and can't be opened. Nothing is printed
if you are not logged in.

No server is contacted, no credential store is opened, and it is not a use of
the session. Nothing is known of a token in the file of DXAUTH_TOKEN_FILE, which
may be a pipe and is not read.

  bash   PS1='$(` + env.Program + ` prompt) \$ '
  zsh    precmd() { psvar=("$(` + env.Program + ` prompt)") }; PROMPT='%1v %# '
  fish   function fish_prompt; ` + env.Program + ` prompt; echo -n '> '; end

These show the names of projects and run nothing that is in them.

With --json, one object is printed:

  account   USER@HOST, or "" if nobody is logged in
  project   {"id", "name", "folder"}, or null
  ends      when the session ends if it is not used, in milliseconds since 1970;
            null: unknown
  locked    whether the credential is sealed and can't be opened here`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			quiet := inv
			quiet.Stderr = io.Discard // a warning would be repeated at every prompt
			o := promptOptions{Console: inv.Console(), client: quiet.Client(quiet.Console()), getenv: inv.Getenv}
			return o.run(ctx)
		}),
	}
}

// promptJSON is what prompt prints with --json.
type promptJSON struct {
	Account string           `json:"account"` // USER@HOST; empty if nobody is logged in
	Project *session.Project `json:"project"`
	Ends    *format.Millis   `json:"ends"`   // when the session ends if it is not used; null: unknown
	Locked  bool             `json:"locked"` // the credential is sealed and can't be opened here

	end time.Time // Ends, to the nanosecond
}

func (o promptOptions) run(ctx context.Context) error {
	shown, err := o.find(ctx)
	switch {
	case err != nil:
		return err
	case o.JSON:
		return o.PrintJSON(shown)
	case shown.Account == "":
		return nil
	default:
		return o.Printf("%s\n", o.line(shown))
	}
}

// find returns what is known of the account that a command would act for.
func (o promptOptions) find(ctx context.Context) (promptJSON, error) {
	if o.getenv("DXAUTH_TOKEN") == "" && o.getenv("DXAUTH_TOKEN_FILE") != "" {
		return promptJSON{}, nil
	}
	in, err := o.client.Noted(ctx)
	if errors.Is(err, session.ErrNotSignedIn) {
		return promptJSON{}, nil
	}
	if err != nil {
		return promptJSON{}, err
	}
	ends := o.client.Accounts.Deadline(in.Account)
	if ends.IsZero() {
		ends = o.endInExec()
	}
	return promptJSON{
		Account: strings.TrimPrefix(in.Account.Name(), "@"), // the user of a token in a variable may be unknown
		Project: o.named(o.client.Accounts.Project(in.Account)), Ends: format.OrNull(ends), end: ends,
		Locked: in.Variable == "" && o.client.Accounts.IsLocked(in.Account),
	}, nil
}

// named returns a project with the name that the variables of exec have for it, or with
// its ID for a name.
func (o promptOptions) named(project *session.Project) *session.Project {
	if project == nil || project.Name != "" {
		return project
	}
	named := *project
	named.Name = cmp.Or(o.getenv("DX_PROJECT_CONTEXT_NAME"), named.ID)
	named.Folder = cmp.Or(o.getenv("DX_CLI_WD"), named.Folder)
	return &named
}

// endInExec returns when the credential of a command of exec ends. A time that has passed
// was put off: exec keeps the session in use.
func (o promptOptions) endInExec() time.Time {
	ends, err := time.Parse(time.RFC3339, o.getenv(kit.ExpiresVariable))
	if err != nil || o.getenv(kit.ExecVariable) == "" || !ends.After(o.Now()) {
		return time.Time{}
	}
	return ends
}

func (o promptOptions) line(shown promptJSON) string {
	words := []string{shown.Account}
	if shown.Project != nil {
		words = append(words, shortened(projectpick.PathText(*shown.Project)))
	}
	switch {
	case shown.Locked:
		words = append(words, "locked")
	case !shown.end.IsZero():
		words = append(words, leftInPrompt(shown.end.Sub(o.Now())))
	}
	return terminal.Clean(strings.Join(words, " "))
}

// shortened cuts the name of a project that would fill the line.
func shortened(name string) string {
	const most = 40
	letters := []rune(name)
	if len(letters) <= most {
		return name
	}
	return string(letters[:most-1]) + "…"
}

// leftInPrompt says how much time is left in one short word. The last minute counts as
// one.
func leftInPrompt(left time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case left <= 0:
		return "ended"
	case left >= 2*day:
		return fmt.Sprintf("%dd", left/day)
	case left >= 2*time.Hour:
		return fmt.Sprintf("%dh", left/time.Hour)
	default:
		return fmt.Sprintf("%dm", (left+time.Minute-1)/time.Minute)
	}
}
