package admin

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/activation"
	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// bootstrapOptions are the flags of admin bootstrap, and what it uses.
type bootstrapOptions struct {
	activation.CodeSignIn
	target connect.Target
	server *platform.CodeSignIn
	user   dnanexus.BootstrapRequest // without code and password
}

func bootstrapCommand(env kit.Env) *cobra.Command {
	var o bootstrapOptions
	cmd := &cobra.Command{
		Use:   "bootstrap",
		Short: "Make the first administrator of an empty server",
		Long: `Make the first administrator of a server that has no users, with the code that
"` + env.Program + ` serve" prints when it starts. The code works once.

The command asks for what the flags do not give. Scripts give the code and the
new password as two lines of standard input, and the rest as flags.`,
		Example: `  ` + env.Program + ` admin bootstrap --server http://127.0.0.1:8080
  printf '%s\n' "$CODE" "$PASSWORD" | ` + env.Program + ` admin bootstrap --code-stdin \
      --username admin --email admin@example.org --first Ada`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) (err error) {
			if err := o.check(); err != nil {
				return err
			}
			o.Console = inv.ConsoleReading(o.CodeStdin)
			if o.target, o.server, err = activation.Connect(inv.Settings, inv.Servers(o.Console)); err != nil {
				return err
			}
			return o.run(ctx)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&o.user.Username, "username", "", "user `NAME` of the administrator")
	bindUser(flags, &o.user.Email, &o.user.First, &o.user.Last)
	o.Bind(flags)
	return cmd
}

func (o *bootstrapOptions) run(ctx context.Context) error {
	if err := o.Start(ctx); err != nil {
		return err
	}
	if err := o.completeUser(ctx); err != nil {
		return err
	}
	o.Password.Names = []string{o.user.Username, o.user.First, o.user.Last, o.user.Email}
	hint := o.Program + " serve prints the code when it starts; a server that has users has no code"
	user, err := o.SignIn(ctx, hint, func() (platform.User, error) {
		return o.server.Bootstrap(ctx, o.Code, o.Password.Text, o.user)
	})
	if err != nil {
		return err
	}
	return o.Done(o.target, user, "is now the administrator")
}

// userField is something that the server requires for a new account.
type userField struct {
	value        *string
	prompt, flag string
	check        func(string) error
}

// fields lists what the server requires; a first or a last name is enough.
func (o *bootstrapOptions) fields() []userField {
	fields := []userField{
		{&o.user.Username, "Username: ", "--username", checkUsername},
		{&o.user.Email, "E-mail address: ", "--email", kit.CheckEmail},
	}
	if o.user.Last == "" {
		anything := func(string) error { return nil }
		fields = append(fields, userField{&o.user.First, "First name: ", "--first", anything})
	}
	return fields
}

// check returns an error if a flag has an invalid value.
func (o *bootstrapOptions) check() error {
	for _, field := range o.fields() {
		if *field.value == "" {
			continue
		}
		if err := field.check(*field.value); err != nil {
			return refusal.Usagef("%s: %s", field.flag, err)
		}
	}
	return nil
}

// completeUser asks for what the flags do not give.
func (o *bootstrapOptions) completeUser(ctx context.Context) error {
	var missing []string
	for _, field := range o.fields() {
		switch {
		case *field.value != "":
		case o.CodeStdin:
			missing = append(missing, field.flag)
		default:
			answer, err := o.askField(ctx, field)
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

// askField asks until the answer is valid.
func (o *bootstrapOptions) askField(ctx context.Context, field userField) (string, error) {
	for {
		answer, err := o.Line(ctx, field.prompt)
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
		o.Notice("%s", format.Capitalized(problem.Error()))
	}
}

// checkUsername checks the name before the user has to give code and password.
func checkUsername(name string) error {
	if !syntax.IsUsername(name) {
		return errors.New("a user name has 3 to 255 letters, digits, dots or underscores, with a letter first")
	}
	return nil
}
