package token

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/timeinput"
	"github.com/dxauth/dxauth/internal/cli/tokenscope"
	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// rotateOptions are the flags of token rotate, and what it uses.
type rotateOptions struct {
	issueFlags
	token    string
	grace    string
	graceFor time.Duration // grace, parsed
}

func rotateCommand(env kit.Env) *cobra.Command {
	var o rotateOptions
	cmd := &cobra.Command{
		Use:   "rotate ID|NAME",
		Short: "Replace an API token with a new one",
		Long: `Make an API token with the same name and scope as another one, which ends after
--grace and is called "NAME (replaced)" until then. The new token is printed as
by "` + env.Program + ` token new". It has the same lifetime as the old one, unless
--expires is given. EMX2 needs --grace 0: it can only revoke tokens at once.

If you are logged in with a token, the password is always required: a token that
is made with another token ends with it.

With --json, the object of "` + env.Program + ` token new" is printed, with "replaces":
{"id", "expires"}, the old token and when it ends.`,
		Example: `  ` + env.Program + ` token rotate ci --out new.token
  ` + env.Program + ` token rotate 97fb3002a2cf --grace 0 --expires 90d | ssh host ` + env.Program + ` login --token -`,
		Args: cobra.ExactArgs(1),
	}
	flags := cmd.Flags()
	flags.StringVar(&o.grace, "grace", "1h", "`TIME` for which the old token stays valid; 0 revokes it at once")
	o.bind(flags, "`TIME` at which the new token expires: 90d or a date")
	cmd.RunE = env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) (err error) {
		o.token = args[0]
		if err := o.start(inv); err != nil {
			return err
		}
		if o.graceFor, err = timeinput.Span("--grace", o.grace, o.Now()); err != nil {
			return err
		}
		return withTokens(ctx, inv, o.Console, o.run)
	})
	return kit.CompleteArgs(cmd, kit.CompleteTokens)
}

func (o *rotateOptions) run(ctx context.Context, tokens tokenClient) error {
	old, err := tokens.find(ctx, o.token)
	if err != nil {
		return err
	}
	if tokenscope.IsUnknown(old.Scope) {
		return refusal.New(refusal.Denied, "this platform does not say what the token %s reaches", apitoken.Text(old)).
			WithHint("make another one with " + o.Program + " token new, and revoke this one")
	}
	end := o.endOf(old)
	if err := o.checkGrace(tokens.In.Type(), old, end); err != nil {
		return err
	}
	err = tokens.issue(ctx, issue{
		order: o.orderAgain(tokens.In.Type(), old),
		prove: func(ctx context.Context, call func(platform.Credentials) error) error {
			return o.prove(ctx, tokens.In.Account, call)
		},
		reach:    tokens.reachAgain(ctx, old.Scope),
		out:      o.out,
		replaces: &replacedJSON{ID: old.ID, Expires: format.MillisOf(end)},
	})
	if err != nil {
		return err
	}
	return tokens.letEnd(ctx, old, end)
}

// orderAgain returns an order for a token like the old one, with the same lifetime
// unless --expires is given.
func (o *rotateOptions) orderAgain(server platform.Type, old platform.Token) platform.TokenOrder {
	expires, lifetime := o.until, old.Expires.Sub(old.Created)
	if server.TakesTokenExpiry() && expires.IsZero() && !old.Created.IsZero() && lifetime > 0 {
		expires = o.Now().Add(lifetime)
	}
	return platform.TokenOrder{Name: old.Name, Scope: old.Scope, Expires: expires}
}

// checkGrace returns an error if the old token can't end when it should. It is called
// before the new token is made.
func (o *rotateOptions) checkGrace(server platform.Type, old platform.Token, end time.Time) error {
	if server.ShortensTokens() || !end.After(o.Now()) || end.Equal(old.Expires) {
		return nil
	}
	return refusal.Usagef("%s can't end a token later: the old token is either kept or revoked at once", server.Name()).
		WithHint("revoke it at once with --grace 0")
}

// prove asks for the password in any case if the account is logged in with a
// token: the new token would end with that one.
func (o *rotateOptions) prove(ctx context.Context, account session.Account, call func(platform.Credentials) error) error {
	if account.Kind == session.Token {
		return o.reauth.Always(ctx, account, call)
	}
	return o.reauth.IfAsked(ctx, account, call)
}

// endOf returns when the old token ends: after --grace, but never later than before.
func (o *rotateOptions) endOf(old platform.Token) time.Time {
	end := o.Now().Add(o.graceFor).UTC()
	if !old.Expires.IsZero() && old.Expires.Before(end) {
		return old.Expires
	}
	return end
}

// reachAgain looks up the projects of the old token's scope. It skips projects that
// no longer exist or can't be reached.
func (c tokenClient) reachAgain(ctx context.Context, scope platform.Scope) tokenscope.Reach {
	found := tokenscope.Reach{Scope: scope}
	for id := range scope.Projects {
		if id == platform.Everything {
			continue
		}
		if project, err := c.In.Project(ctx, id); err == nil {
			found.Projects = append(found.Projects, project)
		}
	}
	return found
}

// letEnd ends the old token once the new one is written out.
func (c tokenClient) letEnd(ctx context.Context, old platform.Token, end time.Time) error {
	err := c.endOld(ctx, old, end)
	if errors.Is(err, platform.ErrTokenEnded) || errors.Is(err, platform.ErrNotFound) {
		c.Message("The old token %s has ended already", apitoken.Text(old))
		return nil
	}
	if err != nil {
		failure := c.Classify(err)
		return refusal.New(failure.Code, "the new token works, but the old one is still valid: %s", failure.Message).Wrap(err).
			WithHint("run " + c.Program + " token revoke " + apitoken.ShortID(old.ID))
	}
	switch left := end.Sub(c.Now()); {
	case left > 0 && old.Name != "" && c.In.Type().ShortensTokens():
		c.Message("The old token %s is now '%s' and ends in %s", apitoken.Text(old), replacedName(old.Name), duration.Format(format.RoundLeft(left)))
	case left > 0:
		c.Message("The old token %s ends in %s", apitoken.Text(old), duration.Format(format.RoundLeft(left)))
	case !old.Current: // revokeCurrent has reported that one
		c.Message("The old token %s is revoked", apitoken.Text(old))
	}
	if old.Current {
		c.Message("You logged in with the old one; log in with the new one: %s login --token -", c.Program)
	}
	return nil
}

// endOld shortens the old token's lifetime, or revokes it if the grace is 0. Until it
// ends it has another name, so that its name means the new token.
func (c tokenClient) endOld(ctx context.Context, old platform.Token, end time.Time) error {
	var change platform.TokenChange
	if old.Name != "" {
		name := replacedName(old.Name)
		change.Name = &name
	}
	if !end.Equal(old.Expires) {
		change.Expires = &end
	}
	switch {
	case change == (platform.TokenChange{}), !c.In.Type().ShortensTokens() && end.After(c.Now()):
		return nil
	case end.After(c.Now()):
		return c.In.ChangeToken(ctx, old.ID, change)
	case old.Current:
		return c.revokeCurrent(ctx, old)
	default:
		return c.revokeOne(ctx, old)
	}
}

// replacedName returns the name of a token that was replaced, within the length that
// platforms accept, in bytes.
func replacedName(name string) string {
	const (
		suffix  = " (replaced)"
		longest = 255
	)
	for len(name)+len(suffix) > longest {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name + suffix
}
