package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// tokenRotateOptions are the flags of token rotate.
type tokenRotateOptions struct {
	token   string
	expires string
	grace   string
	out     string
	reauth  reauthOptions
}

func (a *app) tokenRotateCommand() *cobra.Command {
	var o tokenRotateOptions
	cmd := &cobra.Command{
		Use:   "rotate ID|NAME",
		Short: "Make an API token anew, and let the old one end",
		Long: `Make an API token of the same name and scope in the place of another one, which
ends after --grace. The new one is handed over as by "` + a.Program + ` token new", and is
good for as long as the old one was meant to be, or until --expires.

While you are logged in with a token, the password is always needed: what is
made with a token ends with it.

With --json, the object of "` + a.Program + ` token new" is printed, and in it
"replaces": {"id", "expires"}, the old token and when it ends.`,
		Example: `  ` + a.Program + ` token rotate ci --out new.token
  ` + a.Program + ` token rotate 97fb3002a2cf --grace 0 --expires 90d | ssh host ` + a.Program + ` login --token -`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.token = args[0]
			if err := refuseEmpty(cmd.Flags(), "out", "expires"); err != nil {
				return err
			}
			return a.rotateToken(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.expires, "expires", "", "`TIME` at which the new one ends: 90d or a date")
	flags.StringVar(&o.grace, "grace", "1h", "`TIME` for which the old one goes on; 0 revokes it at once")
	bindOut(flags, &o.out)
	o.reauth.bind(flags)
	return cmd
}

func (a *app) rotateToken(ctx context.Context, o tokenRotateOptions) error {
	expires, err := readExpires(o.expires, a.Now())
	if err != nil {
		return err
	}
	grace, err := readSpan("--grace", o.grace, a.Now())
	if err != nil {
		return err
	}
	return a.atTokenDesk(ctx, func(d *tokenDesk) error {
		old, err := d.find(ctx, o.token)
		if err != nil {
			return err
		}
		if scopeIsUnknown(old.Scope) {
			return refusal.New(refusal.Denied, "this platform does not tell what the token %s reaches", tokenText(old)).
				WithHint("make another one with " + a.Program + " token new, and revoke this one")
		}
		end := d.oldEnd(old, grace)
		mint := func() (minted, error) {
			return d.mint(ctx, d.orderAgain(old, expires), d.proofForRotation(ctx, o.reauth))
		}
		told := tokenNewJSON{Name: old.Name, Replaces: &replacedJSON{ID: old.ID, Expires: end}}
		if err := d.issue(ctx, d.reachAgain(ctx, old.Scope), o.out, mint, told); err != nil {
			return err
		}
		return d.letEnd(ctx, old, end)
	})
}

// orderAgain asks for a token like the old one. Without an expiry it is to be good
// for as long as that one was meant to be.
func (d *tokenDesk) orderAgain(old platform.Token, expires time.Time) platform.TokenOrder {
	lifetime := old.Expires.Sub(old.Created)
	if expires.IsZero() && !old.Created.IsZero() && lifetime > 0 {
		expires = d.Now().Add(lifetime)
	}
	return platform.TokenOrder{Name: old.Name, Scope: old.Scope, Expires: expires}
}

// reachAgain looks up the projects of a scope that exists. Those that are gone,
// or out of reach by now, have nothing to tell.
func (d *tokenDesk) reachAgain(ctx context.Context, scope platform.Scope) reach {
	found := reach{scope: scope}
	for id := range scope.Projects {
		if id == platform.Everything {
			continue
		}
		if project, err := d.in.Project(ctx, id); err == nil {
			found.projects = append(found.projects, project)
		}
	}
	return found
}

// proofForRotation always wants the password of somebody who is logged in with
// a token: the new one would be a child of it.
func (d *tokenDesk) proofForRotation(ctx context.Context, o reauthOptions) func(func(platform.Credentials) error) error {
	prove := d.proving
	if d.in.account.Kind == session.Token {
		prove = d.withPassword
	}
	return func(call func(platform.Credentials) error) error { return prove(ctx, d.in.account, o, call) }
}

// oldEnd is when the old token ends: it never lasts longer than it would have.
func (d *tokenDesk) oldEnd(old platform.Token, grace time.Duration) time.Time {
	end := d.Now().Add(grace).UTC()
	if !old.Expires.IsZero() && old.Expires.Before(end) {
		return old.Expires
	}
	return end
}

// letEnd has the old token end, now that the new one is handed over.
func (d *tokenDesk) letEnd(ctx context.Context, old platform.Token, end time.Time) error {
	var err error
	switch now := d.Now(); {
	case end.Equal(old.Expires):
	case end.After(now):
		err = d.ChangeToken(ctx, old.ID, platform.TokenChange{Expires: &end})
	case old.Current:
		err = d.revokeCurrent(ctx, old)
	default:
		err = d.revokeOne(ctx, old)
	}
	if errors.Is(err, platform.ErrTokenEnded) || errors.Is(err, platform.ErrNotFound) {
		d.term.Message("The old token %s has ended already", tokenText(old))
		return nil
	}
	if err != nil {
		failure := d.failureOf(err)
		return &refusal.Error{Code: failure.Code, Err: err, Hint: "run " + d.Program + " token revoke " + shortID(old.ID),
			Message: "the new token is good, but the old one goes on: " + failure.Message}
	}
	switch left := end.Sub(d.Now()); {
	case left > 0:
		d.term.Message("The old token %s ends in %s", tokenText(old), duration.Format(roundLeft(left)))
	case !old.Current: // of which it is said already
		d.term.Message("The old token %s is revoked", tokenText(old))
	}
	if old.Current {
		d.term.Message("You logged in with the old one; log in with the new one: %s login --token -", d.Program)
	}
	return nil
}
