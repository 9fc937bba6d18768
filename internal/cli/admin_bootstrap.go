package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// bootstrapOptions are the flags of admin bootstrap.
type bootstrapOptions struct {
	person    dnanexus.BootstrapRequest // without code and password
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
	flags.StringVar(&o.person.Username, "username", "", "user `NAME` of the administrator")
	bindPerson(flags, &o.person.Email, &o.person.First, &o.person.Last)
	flags.BoolVar(&o.fromStdin, "code-stdin", false, codeFromStdin)
	return cmd
}

func (a *app) bootstrap(ctx context.Context, o bootstrapOptions) error {
	if err := checkPerson(&o.person); err != nil {
		return err
	}
	t, server, err := a.codeServer()
	if err != nil {
		return err
	}
	c, err := a.newCodeSignIn(o.fromStdin)
	if err != nil {
		return err
	}
	if err := c.completePerson(ctx, &o.person); err != nil {
		return err
	}
	c.wanted.Names = []string{o.person.Username, o.person.First, o.person.Last, o.person.Email}
	hint := "the code stands in what " + a.Program + " serve wrote at its last start; where there is a user, there is none"
	user, err := c.signIn(ctx, hint, func() (platform.User, error) { return server.Bootstrap(ctx, c.code, c.wanted.Text, o.person) })
	if err != nil {
		return err
	}
	return a.canLogIn(t, user, "is the administrator now")
}

// personField is something that the server has to know of a person.
type personField struct {
	value        *string
	prompt, flag string
	check        func(string) error
}

// fieldsOf lists what has to be known; one of the names is enough.
func fieldsOf(person *dnanexus.BootstrapRequest) []personField {
	fields := []personField{
		{&person.Username, "Username: ", "--username", checkUsername},
		{&person.Email, "E-mail address: ", "--email", kit.CheckEmail},
	}
	if person.Last == "" {
		anything := func(string) error { return nil }
		fields = append(fields, personField{&person.First, "First name: ", "--first", anything})
	}
	return fields
}

// checkPerson finds what is wrong with the flags.
func checkPerson(person *dnanexus.BootstrapRequest) error {
	for _, field := range fieldsOf(person) {
		if *field.value == "" {
			continue
		}
		if err := field.check(*field.value); err != nil {
			return refusal.Usagef("%s: %s", field.flag, err)
		}
	}
	return nil
}

// completePerson asks for what is not known of a person.
func (c *codeSignIn) completePerson(ctx context.Context, person *dnanexus.BootstrapRequest) error {
	var missing []string
	for _, field := range fieldsOf(person) {
		switch {
		case *field.value != "":
		case c.scripted:
			missing = append(missing, field.flag)
		default:
			answer, err := c.askField(ctx, field)
			if err != nil {
				return err
			}
			*field.value = answer
		}
	}
	if len(missing) > 0 {
		return refusal.New(refusal.InputRequired, "the administrator needs a user name, an e-mail address and a name").
			WithHint("give " + strings.Join(missing, " and "))
	}
	return nil
}

// askField asks until there is an answer that the server can take.
func (c *codeSignIn) askField(ctx context.Context, field personField) (string, error) {
	for {
		answer, err := c.term.Line(ctx, field.prompt)
		if err != nil {
			return "", err
		}
		if answer = strings.TrimSpace(answer); answer == "" {
			continue
		}
		problem := field.check(answer)
		if problem == nil {
			return answer, nil
		}
		c.term.Paragraph("%s", capitalized(problem.Error()))
	}
}

// checkUsername refuses what the server would refuse after the code and the
// password were given.
func checkUsername(name string) error {
	if !syntax.IsUsername(name) {
		return errors.New("a user name has 3 to 255 letters, digits, dots or underscores, with a letter first")
	}
	return nil
}
