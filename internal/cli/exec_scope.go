package cli

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// execOptions are the flags of exec.
type execOptions struct {
	scope []string // P or P=LEVEL; none: the credential as it is
	ttl   string   // empty: the usual
}

// usualTTL is how long a narrowed token is good: that is its end where this
// program is killed before it can revoke it.
const usualTTL = "1h"

// longestTTL is the most for which a server narrows a credential. Beyond that it
// would be a token of its own, which outlives the session that it came from.
const longestTTL = 24 * time.Hour

// check reads what can be read before anybody is asked.
func (o execOptions) check(now time.Time) (ttl time.Duration, err error) {
	if len(o.scope) > 0 {
		if _, err := (scopeOptions{projects: o.scope}).wishes(); err != nil {
			return 0, err
		}
	}
	if o.ttl == "" {
		o.ttl = usualTTL
	}
	ttl, err = readSpan("--ttl", o.ttl, now)
	switch {
	case err != nil:
		return 0, err
	case ttl <= 0:
		return 0, refusal.Usagef("--ttl %s: the token would end at once", o.ttl)
	case ttl > longestTTL:
		return 0, refusal.Usagef("--ttl %s: a day is the most", o.ttl)
	}
	return ttl, nil
}

// narrowed is the account with a token that reaches less, for one command, and
// the way to revoke it. Nobody is asked for anything.
func (a *app) narrowed(ctx context.Context, in signedIn, command string, o execOptions) (child signedIn, revoke func(), err error) {
	ttl, err := o.check(a.Now())
	if err != nil {
		return in, nil, err
	}
	reached, err := a.reachOf(ctx, in, scopeOptions{projects: o.scope})
	if err != nil {
		return in, nil, err
	}
	d := &tokenDesk{app: a, Tokens: in.Tokens, in: in}
	order := platform.TokenOrder{Name: execName(command), Scope: reached.scope, Expires: a.Now().Add(ttl)}
	made, err := d.mint(ctx, order, withoutProof)
	if err != nil {
		return in, nil, a.notNarrowed(err)
	}
	a.settings.Project, in.account.Project = "", projectWithin(a.project(in), reached)
	in.credential = session.Credential{Token: made.Secret, Type: made.TokenType}
	in.account.Expires, in.account.IdleSeconds = made.Expires, 0
	return in, func() { d.endOfChild(ctx, made) }, nil
}

// execName is how a list shows the token: by the program, without its arguments.
func execName(command string) string {
	const most = 64
	name := []rune("exec " + filepath.Base(command))
	return string(name[:min(most, len(name))])
}

func withoutProof(call func(platform.Credentials) error) error { return call(platform.Credentials{}) }

// notNarrowed explains a server that would want a password.
func (a *app) notNarrowed(err error) error {
	if !errors.Is(err, platform.ErrReauthenticate) {
		return err
	}
	return &refusal.Error{Code: refusal.Denied, Err: err, Message: "the server makes no such token without a password",
		Hint: "shorten --ttl, and see whether this machine's clock is right"}
}

// endOfChild revokes the child's token. It may have done so itself.
func (d *tokenDesk) endOfChild(ctx context.Context, made minted) {
	err := d.end(ctx, made)
	if err == nil || errors.Is(err, platform.ErrSignedOut) {
		return
	}
	d.term.Warn("the command's token could not be revoked: %s; it ends %s", err, endsText(made.Expires, d.Now()))
}

// projectWithin is the selected project, if the scope reaches it, else the only
// one that the scope names; nil: none.
func projectWithin(selected *session.Project, reached reach) *session.Project {
	if selected != nil {
		_, named := reached.scope.Projects[selected.ID]
		if _, all := reached.scope.Projects[platform.Everything]; named || all {
			return selected
		}
	}
	if len(reached.projects) != 1 {
		return nil
	}
	only := reached.projects[0]
	return &session.Project{ID: only.ID, Name: only.Name, Folder: "/"}
}
