package run

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// grant is what the command of exec gets.
type grant struct {
	in      kit.SignedIn     // as the command acts for it
	project *session.Project // nil: none
	end     func()           // ends what was made for the command
}

// grant returns the credential as it is, a narrower one if a scope is given, or
// one of the command's own on a platform that gives such.
func (o execOptions) grant(ctx context.Context, in kit.SignedIn) (grant, error) {
	whole := grant{in: in, project: o.client.Accounts.Project(in.Account), end: func() {}}
	switch {
	case len(o.scope) > 0:
		return o.narrow(ctx, whole)
	case in.ScriptTokens() != nil:
		return o.withScriptToken(ctx, whole)
	default:
		return whole, nil
	}
}

// with is the grant with a token that was made for the command.
func (g grant) with(made platform.NewToken, end func()) grant {
	g.in.Credential = session.Credential{Token: made.Secret, Type: made.TokenType}
	g.in.Account.Expires, g.in.Account.IdleSeconds = made.Expires, 0
	g.end = end
	return g
}

// narrow makes a token that reaches less, without a question.
func (o execOptions) narrow(ctx context.Context, g grant) (grant, error) {
	life, err := o.lifetime(usualTTL)
	if err != nil {
		return g, err
	}
	reach, err := (apitoken.ScopeFlags{Projects: o.scope}).LookUp(ctx, g.in, o.Program)
	if err != nil {
		return g, err
	}
	tokens := apitoken.New(o.Console, o.client, g.in)
	order := platform.TokenOrder{Name: tokenName(o.command[0]), Scope: reach.Scope, Expires: o.Now().Add(life)}
	made, err := tokens.Make(ctx, order, apitoken.WithoutProof)
	if errors.Is(err, platform.ErrReauthenticate) {
		return g, refusal.New(refusal.Denied, "the server makes no such token without a password").Wrap(err).
			WithHint("shorten --ttl, and see whether this machine's clock is right")
	}
	if err != nil {
		return g, err
	}
	g.project = projectWithin(g.project, reach)
	return g.with(made.NewToken, func() { o.warnUnlessEnded(made.NewToken, tokens.End(ctx, made)) }), nil
}

// warnUnlessEnded warns of a token that outlives its command. One that the server
// does not know any more was ended by the command itself.
func (o execOptions) warnUnlessEnded(made platform.NewToken, err error) {
	if err == nil || errors.Is(err, platform.ErrSignedOut) {
		return
	}
	o.Warn("the command's token could not be revoked: %s; it ends %s", err, kit.EndsText(made.Expires, o.Now()))
}

// tokenName is how a list shows the token: by the program, without its arguments.
func tokenName(command string) string {
	const most = 64
	name := []rune("exec " + filepath.Base(command))
	return string(name[:min(most, len(name))])
}

// projectWithin is the selected project, if the scope reaches it, else the only
// one that the scope names; nil: none.
func projectWithin(selected *session.Project, reach apitoken.Reach) *session.Project {
	if selected != nil && reach.Includes(selected.ID) {
		return selected
	}
	if len(reach.Projects) != 1 {
		return nil
	}
	only := reach.Projects[0]
	return &session.Project{ID: only.ID, Name: only.Name, Folder: "/"}
}

// scriptTTL is how long the token of a script is good on a platform that has
// such tokens, as MOLGENIS makes them itself.
const scriptTTL = "2h"

// withScriptToken makes a token of the command's own. Where the server makes none,
// the command gets what there is.
func (o execOptions) withScriptToken(ctx context.Context, g grant) (grant, error) {
	life, err := o.lifetime(scriptTTL)
	if err != nil {
		return g, err
	}
	tokens := g.in.ScriptTokens()
	made, err := tokens.ScriptToken(ctx, tokenName(o.command[0]), life)
	switch {
	case errors.Is(err, platform.ErrNoScriptToken):
		o.Warn("%s makes no tokens for %s: the command gets that of your session, which stays valid after the command", g.in.Account.Host, kit.Whose(g.in.Account))
		return g, nil
	case err != nil:
		return g, err
	}
	if ends := made.Expires.Sub(o.Now()).Round(time.Minute); o.ttl != "" && ends < life {
		o.Warn("the command's token ends %s: the server gives no longer one", kit.EndsText(made.Expires, o.Now()))
	}
	return g.with(made, func() { o.endScriptToken(ctx, tokens, made) }), nil
}

// endScriptToken ends the token of a command that has ended, also after Ctrl-C.
// It may be gone already.
func (o execOptions) endScriptToken(ctx context.Context, tokens platform.ScriptTokens, made platform.NewToken) {
	if made.ID == "" {
		return // only its expiry ends it
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), kit.RevokeTime)
	defer cancel()
	if err := tokens.EndScriptToken(bounded, made.ID); !errors.Is(err, platform.ErrNotFound) {
		o.warnUnlessEnded(made, err)
	}
}
