package token

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/pages"
	"github.com/dxauth/dxauth/internal/cli/timeinput"
	"github.com/dxauth/dxauth/internal/cli/tokenscope"
	"github.com/dxauth/dxauth/internal/namecache"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// issueFlags are the flags that token new and token rotate share, and what they
// use.
type issueFlags struct {
	*kit.Console
	expires string
	out     string
	reauth  credentials.Reauth

	until time.Time // expires, as start reads it
}

func (f *issueFlags) bind(flags *pflag.FlagSet, expires string) {
	flags.StringVar(&f.expires, "expires", "", expires)
	flags.StringVar(&f.out, "out", "", "write the token to this new `FILE`, which only you can read")
	f.reauth.Bind(flags)
}

// start makes what the command uses and checks the flags.
func (f *issueFlags) start(inv kit.Invocation) (err error) {
	f.Console = inv.ConsoleReading(f.reauth.PasswordStdin)
	f.reauth.Console = f.Console
	f.until, err = timeinput.Expiry("--expires", f.expires, f.Now())
	return err
}

// issue describes a token to be made by token new or token rotate.
type issue struct {
	order    platform.TokenOrder
	prove    apitoken.Prove
	reach    tokenscope.Reach
	out      string        // the file; empty: standard output
	replaces *replacedJSON // nil: none
	sameName string        // warning of another token with the name; empty: none
}

// issuedJSON is what token new and token rotate print with --json.
type issuedJSON struct {
	Token       *string         `json:"token"` // null: it is in the file
	File        *string         `json:"file"`  // that has the token; null: none
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	Scope       tokenscope.JSON `json:"scope"`
	Expires     *format.Millis  `json:"expires"`
	PHIProjects *[]projectJSON  `json:"phiProjects"` // null: not known
	Replaces    *replacedJSON   `json:"replaces"`    // the token that it replaces; null: none
}

// replacedJSON is the token that a new one replaces.
type replacedJSON struct {
	ID      string        `json:"id"`
	Expires format.Millis `json:"expires"`
}

// issue makes a token and writes it out. It checks everything and opens the file
// before it makes the token. Messages come once the token is in the file; on standard
// output the token comes after them, as the last line.
func (c tokenClient) issue(ctx context.Context, i issue) error {
	file, err := c.openOutput(i.out)
	if err != nil {
		return err
	}
	phi := c.phiProjects(ctx, i.reach)
	i.order.Independent = c.In.Account.Kind == session.Interactive
	made, err := c.Make(ctx, i.order, i.prove)
	if err != nil {
		return file.Drop(err)
	}
	c.note(ctx, made, i.order.Name)
	issued := issuedJSON{
		ID: made.ID, Name: i.order.Name, Scope: tokenscope.JSONOf(i.reach.Scope), Expires: format.OrNull(made.Expires),
		Replaces: i.replaces,
	}
	if phi != nil {
		issued.PHIProjects = &phi
	}
	if file != nil {
		if err := file.Write([]byte(made.Secret.Reveal() + "\n")); err != nil {
			return c.TakeBack(ctx, made, file.Drop(err))
		}
	}
	c.describe(issued, made, c.reachText(i.reach))
	if i.sameName != "" {
		c.Warn("%s", i.sameName)
	}
	if err := c.handOver(file, made, issued); err != nil {
		return c.TakeBack(ctx, made, file.Drop(err))
	}
	return nil
}

// openOutput opens the file for a new token; nil stands for standard output.
func (c tokenClient) openOutput(path string) (*kit.NewFile, error) {
	if path == "-" {
		return nil, refusal.Usagef("--out - is not a file: without --out, the token goes to standard output")
	}
	return c.OpenOutput("--out", path, "token")
}

// note records the token on this machine, for platforms that can't list tokens, and its
// name for completion.
func (c tokenClient) note(ctx context.Context, made apitoken.Made, name string) {
	c.Accounts.Remember(c.In, func(names *namecache.Names) { names.AddTokens(namecache.Entry{ID: made.ID, Name: name}) })
	err := c.Accounts.NoteToken(context.WithoutCancel(ctx), session.MadeToken{
		Server: c.In.Account.Server, User: c.In.Account.User, ID: made.ID, Name: name, Created: c.Now().UTC(), Expires: made.Expires,
	})
	if err != nil {
		c.Warn("the token could not be recorded here: %s", err)
	}
}

// describe prints what the new token is.
func (c tokenClient) describe(issued issuedJSON, made apitoken.Made, reach string) {
	c.Message("Made the token %s of %s at %s; it ends %s",
		apitoken.Text(platform.Token{ID: made.ID, Name: issued.Name}), c.In.Account.User, c.In.Account.Host, format.EndsText(made.Expires, c.Now()))
	c.Message("It reaches %s", reach)
	if isNew := issued.Replaces == nil; isNew && issued.Scope.Full && c.In.Type().HasProjects() && !c.JSON {
		c.Warn("it can do everything that you can; limit it with --project or --level")
	}
	if issued.PHIProjects != nil && len(*issued.PHIProjects) > 0 && !c.JSON {
		c.Warn("it reaches the data of PHI projects: %s; use --no-phi to exclude them", someNames(*issued.PHIProjects))
	}
	c.Message("Anyone who has it can act as you within its scope. It is not shown again.")
	switch {
	case made.Dependent:
		c.Message("It was made with another token and ends no later than that one")
	case made.Shortened && c.endsWithSession(made):
		c.Warn("it ends with this session, which the server does not let it outlive")
	case made.Shortened:
		c.Warn("shortened to the server's maximum lifetime")
	}
}

// endsWithSession reports whether a server that knows no independent tokens gave a token
// the end of the session.
func (c tokenClient) endsWithSession(made apitoken.Made) bool {
	maker := c.In.Account
	return maker.Kind == session.Interactive && !maker.Expires.IsZero() && !made.Expires.After(maker.Expires)
}

// handOver says that the token is in the file, or writes it as text or JSON to standard
// output.
func (c tokenClient) handOver(file *kit.NewFile, made apitoken.Made, issued issuedJSON) error {
	token := made.Secret.Reveal()
	if file != nil {
		path := file.Path()
		issued.File = &path
		c.Message("Wrote it to %s", path)
		return c.AnswerJSON(issued)
	}
	defer kit.SurvivePipe()()
	if c.JSON {
		issued.Token = &token
		return c.PrintJSON(issued)
	}
	return c.Print(token + "\n")
}

// phiProjects lists the PHI projects whose data a token will reach, or returns nil
// if that is not known.
func (c tokenClient) phiProjects(ctx context.Context, reach tokenscope.Reach) []projectJSON {
	list := []projectJSON{}
	if !c.In.Type().HasProjects() {
		return list
	}
	projects, err := c.reached(ctx, reach)
	if err != nil {
		c.Warn("could not check whether it reaches PHI projects: %s", err)
		return nil
	}
	for _, p := range projects {
		if p.PHI {
			list = append(list, projectJSON{ID: p.ID, Name: p.Name})
		}
	}
	return list
}

// largePage is the most that the platform returns at once.
const largePage = 1000

// reached lists the projects whose data a token may reach; none if its scope excludes
// protected health information.
func (c tokenClient) reached(ctx context.Context, reach tokenscope.Reach) ([]platform.Project, error) {
	switch {
	case reach.Scope.NoPHI:
		return nil, nil
	case !reach.IncludesAll():
		return slices.Clone(reach.Projects), nil
	}
	query := platform.ProjectQuery{MinLevel: string(dnanexus.LevelView), PageSize: largePage}
	return pages.All(func(cursor json.RawMessage) ([]platform.Project, json.RawMessage, error) {
		return c.In.ListProjects(ctx, query, cursor)
	})
}
