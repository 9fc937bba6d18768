package token

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/timeinput"
	"github.com/dxauth/dxauth/internal/cli/tokenscope"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// asks reports whether the command asks what the token is to be: at a terminal, if no
// flag says it.
func (o *newOptions) asks(flags *pflag.FlagSet) bool {
	for _, name := range []string{"project", "level", "no-phi", "expires", "user", "password-stdin"} {
		if flags.Changed(name) {
			return false
		}
	}
	return !o.JSON && o.CanAsk() == nil
}

// ask asks for the name, the scope and the end of the token. An empty answer is the
// default in brackets.
func (o *newOptions) ask(ctx context.Context, tokens tokenClient) (err error) {
	if o.name == "" {
		if o.name, err = o.askLine(ctx, "Name of the token [none]: "); err != nil {
			return err
		}
	}
	if tokens.In.Type().HasProjects() {
		if err := o.askScope(ctx, tokens.In); err != nil {
			return err
		}
	}
	if !tokens.In.Type().TakesTokenExpiry() {
		return nil
	}
	return o.askEnd(ctx)
}

func (o *newOptions) askLine(ctx context.Context, prompt string) (string, error) {
	answer, err := o.Line(ctx, prompt)
	return strings.TrimSpace(answer), err
}

func (o *newOptions) askScope(ctx context.Context, in kit.SignedIn) error {
	o.Notice("Which projects may it reach? %s projects lists yours", o.Program)
	prompt := "Project, by ID or name [all]: "
	for {
		answer, err := o.askLine(ctx, prompt)
		if err != nil {
			return err
		}
		if answer == "" && o.scope.HaveLevels() {
			return nil
		}
		if answer == "" {
			return o.askLevel(ctx)
		}
		if err := o.addProject(ctx, in, answer); err != nil {
			return err
		}
		if len(o.scope.Projects) > 0 {
			prompt = "Another project [no more]: "
		}
	}
}

// addProject adds a project to the scope. It shows why one can't be found, so that the
// user is asked again.
func (o *newOptions) addProject(ctx context.Context, in kit.SignedIn, name string) error {
	more := tokenscope.Flags{Projects: append(o.scope.Projects, name)}
	_, err := more.LookUp(ctx, in, o.Program)
	code := refusal.CodeOf(err)
	switch {
	case err == nil:
		o.scope.Projects = more.Projects
		return nil
	case code == refusal.NotFound || code == refusal.Usage:
		o.Notice("%s", format.Capitalized(o.Explanation(err)))
		return nil
	default:
		return err
	}
}

// askLevel asks for the level, of which the least is the default.
func (o *newOptions) askLevel(ctx context.Context) error {
	usual := string(dnanexus.LevelView)
	for {
		answer, err := o.askLine(ctx, "Level: VIEW, UPLOAD, CONTRIBUTE or ADMINISTER ["+usual+"]: ")
		if err != nil {
			return err
		}
		if answer == "" {
			answer = usual
		}
		if o.scope.Level = answer; o.scope.Check() == nil {
			return nil
		}
		o.Notice("%s is not one of the levels", answer)
	}
}

func (o *newOptions) askEnd(ctx context.Context) error {
	for {
		answer, err := o.askLine(ctx, "Ends after or on, like 90d or 2027-01-31 [30d]: ")
		if err != nil {
			return err
		}
		if answer == "" {
			answer = "30d"
		}
		if o.until, err = timeinput.Expiry("the end", answer, o.Now()); err == nil {
			return nil
		}
		o.Notice("%s", format.Capitalized(err.Error()))
	}
}

// confirmOrder asks whether the token is right that was asked for.
func (o *newOptions) confirmOrder(ctx context.Context, tokens tokenClient, reach tokenscope.Reach) error {
	o.Notice("The token reaches %s", tokens.reachText(reach))
	if reach.Scope.Full {
		o.Warn("it can do everything that you can")
	}
	return o.Confirmed(ctx, "Make this token?", refusal.New(refusal.Interrupted, "no token was made"))
}

// reachText says what a token reaches, with the names of projects.
func (c tokenClient) reachText(reach tokenscope.Reach) string {
	names := map[string]string{}
	for _, project := range reach.Projects {
		names[project.ID] = project.Name
	}
	return tokenscope.Text(reach.Scope, names)
}

// checkName asks whether another token of the same name is meant, because a name that
// several tokens have names none of them. Without a terminal it returns the warning for
// the user, which is "" for a name that no other token has.
func (o *newOptions) checkName(ctx context.Context, tokens tokenClient) (warning string, err error) {
	if o.name == "" || o.user != "" {
		return "", nil
	}
	others, err := tokens.collect(ctx, platform.TokenQuery{Name: o.name}, manyEnough)
	if errors.Is(err, platform.ErrNotOffered) {
		others, err = tokens.madeHereAs(o.name)
	}
	if err != nil || len(others) == 0 {
		return "", err
	}
	other, used := apitoken.Text(others[0]), apitoken.UsedText(others[0], o.Now())
	if o.JSON || o.reauth.PasswordStdin || o.CanAsk() != nil {
		return "another token has this name: " + other + ", " + used + "; name them by their IDs, or replace one with " + o.Program + " token rotate", nil
	}
	o.Notice("There is a token %s already, %s; %s token rotate replaces it", other, used, o.Program)
	return "", o.Confirmed(ctx, "Make another token with this name?", refusal.New(refusal.Interrupted, "no token was made"))
}

// madeHereAs lists the tokens of a name that were made on this machine.
func (c tokenClient) madeHereAs(name string) ([]platform.Token, error) {
	made, err := c.madeHere()
	var found []platform.Token
	for _, t := range made {
		if t.Name == name {
			found = append(found, t)
		}
	}
	return found, err
}
