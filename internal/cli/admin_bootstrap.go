package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/fault"
	"github.com/dxauth/dxauth/internal/platform"
)

// bootstrapOptions are the flags of admin bootstrap.
type bootstrapOptions struct {
	draft     platform.AccountDraft
	fromStdin bool
}

func (a *app) adminBootstrapCommand() *cobra.Command {
	var o bootstrapOptions
	cmd := &cobra.Command{
		Use:   "bootstrap",
		Short: "Make the first administrator of an empty server",
		Long: `Make the first administrator of a server that has no users, with the code that
"` + a.Program + ` serve" told at its start. The code works once.

What is not given as a flag is asked for. Scripts give the code and the new
password as two lines of standard input, and the rest as flags.`,
		Example: `  ` + a.Program + ` admin bootstrap --server http://127.0.0.1:8080
  printf '%s\n' "$CODE" "$PASSWORD" | ` + a.Program + ` admin bootstrap --code-stdin \
      --username admin --email admin@example.org --first Ada`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.bootstrap(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.draft.Name, "username", "", "user `NAME` of the administrator")
	bindPerson(flags, &o.draft)
	flags.BoolVar(&o.fromStdin, "code-stdin", false, codeFromStdin)
	return cmd
}

func (a *app) bootstrap(ctx context.Context, o bootstrapOptions) error {
	t, door, err := a.door()
	if err != nil {
		return err
	}
	e, err := a.newEntrance(o.fromStdin)
	if err != nil {
		return err
	}
	if err := e.completePerson(ctx, &o.draft); err != nil {
		return err
	}
	e.names = []string{o.draft.Name, o.draft.First, o.draft.Last, o.draft.Email}
	if err := e.complete(ctx); err != nil {
		return err
	}
	user, err := door.Bootstrap(ctx, e.code, e.wanted, o.draft)
	if err != nil {
		return err
	}
	return a.entered(t, user, "is the administrator now")
}

// completePerson asks for what is not known of a person; one of the names is
// enough.
func (e *entrance) completePerson(ctx context.Context, draft *platform.AccountDraft) error {
	wanted := []struct {
		field        *string
		prompt, flag string
	}{
		{&draft.Name, "Username: ", "--username"},
		{&draft.Email, "E-mail address: ", "--email"},
		{&draft.First, "First name: ", "--first"},
	}
	var missing []string
	for _, w := range wanted {
		switch {
		case *w.field != "", w.field == &draft.First && draft.Last != "":
			continue
		case e.scripted:
			missing = append(missing, w.flag)
			continue
		}
		answer, err := e.askLine(ctx, w.prompt)
		if err != nil {
			return err
		}
		*w.field = answer
	}
	if len(missing) > 0 {
		return fault.New(fault.InputRequired, "give "+strings.Join(missing, " and "), "the administrator needs a user name, an e-mail address and a name")
	}
	return nil
}

// askLine asks until there is an answer.
func (e *entrance) askLine(ctx context.Context, prompt string) (string, error) {
	for {
		answer, err := e.term.Line(ctx, prompt)
		if answer = strings.TrimSpace(answer); err != nil || answer != "" {
			return answer, err
		}
	}
}
