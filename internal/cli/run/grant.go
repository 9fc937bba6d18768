package run

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/tokenscope"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// grant is what the command of exec gets.
type grant struct {
	in      kit.SignedIn     // with the command's credential
	project *session.Project // nil: none
	end     func()           // revokes what was made for the command
}

// grant returns a token with a smaller scope if --scope is given, a token of the
// command's own if the platform makes such, and otherwise the user's credential.
func (o execOptions) grant(ctx context.Context, in kit.SignedIn) (grant, error) {
	whole := grant{in: in, project: o.client.Accounts.Project(in.Account), end: func() {}}
	switch {
	case len(o.scope) > 0:
		return o.narrow(ctx, whole)
	case in.ScriptTokens() != nil && !o.idToken.Wanted(): // that token is the command's own already
		return o.withScriptToken(ctx, whole)
	default:
		return whole, nil
	}
}

// with returns the grant with a token that was made for the command.
func (g grant) with(made platform.NewToken, end func()) grant {
	g.in.Credential = session.Credential{Token: made.Secret, Type: made.TokenType}
	g.in.Account.Expires, g.in.Account.IdleSeconds = made.Expires, 0
	g.end = end
	return g
}

// narrow makes a token with a smaller scope, without a prompt.
func (o execOptions) narrow(ctx context.Context, g grant) (grant, error) {
	life, err := o.lifetime(usualTTL)
	if err != nil {
		return g, err
	}
	reach, err := (tokenscope.Flags{Projects: o.scope}).LookUp(ctx, g.in, o.Program)
	if err != nil {
		return g, err
	}
	tokens := apitoken.New(o.Console, o.client, g.in)
	order := platform.TokenOrder{Name: tokenName(o.command[0]), Scope: reach.Scope, Expires: o.Now().Add(life)}
	made, err := tokens.Make(ctx, order, apitoken.WithoutProof)
	if refusal.CodeOf(err) == refusal.Denied && !errors.Is(err, platform.ErrReauthenticate) {
		order.Scope.NoPHI = true // perhaps the token in use has no access to it, either
		made, err = tokens.Make(ctx, order, apitoken.WithoutProof)
	}
	if errors.Is(err, platform.ErrReauthenticate) {
		return g, refusal.New(refusal.Denied, "the server requires a password for such a token").Wrap(err).
			WithHint("use a shorter --ttl, and check this machine's clock")
	}
	if err != nil {
		return g, err
	}
	o.warnOfMakersEnd(g.in.Account, made.NewToken, life)
	g.project = projectWithin(g.project, reach)
	if o.keep {
		return g.with(made.NewToken, func() {}), nil
	}
	return g.with(made.NewToken, func() { o.warnUnlessEnded(made.NewToken, tokens.End(ctx, made)) }), nil
}

// warnIfShort warns of a token that ends before its time, and says why.
func (o execOptions) warnIfShort(ends time.Time, life time.Duration, because string) {
	const tolerance = 2 * time.Second
	if !ends.IsZero() && ends.Sub(o.Now()) < life-tolerance {
		o.Warn("the command's token ends %s: %s", format.EndsText(ends, o.Now()), because)
	}
}

// warnOfMakersEnd warns of a token that ends early because the session or token that
// it was made with does.
func (o execOptions) warnOfMakersEnd(maker session.Account, made platform.NewToken, life time.Duration) {
	ends := made.Expires
	if !maker.Expires.IsZero() && (ends.IsZero() || maker.Expires.Before(ends)) {
		ends = maker.Expires
	}
	o.warnIfShort(ends, life, "your "+string(maker.Kind)+" ends then")
}

// warnUnlessEnded warns of a token that could not be revoked. A token that the
// server no longer knows was ended by the command itself.
func (o execOptions) warnUnlessEnded(made platform.NewToken, err error) {
	if err == nil || errors.Is(err, platform.ErrSignedOut) {
		return
	}
	o.Warn("the command's token could not be revoked: %s; it ends %s", err, format.EndsText(made.Expires, o.Now()))
}

// tokenName returns the name of the command's token: the program without its
// arguments.
func tokenName(command string) string {
	const most = 64
	name := []rune("exec " + filepath.Base(command))
	return string(name[:min(most, len(name))])
}

// projectWithin returns the selected project if the scope reaches it, else the only
// project that the scope names, or nil.
func projectWithin(selected *session.Project, reach tokenscope.Reach) *session.Project {
	if selected != nil && reach.Includes(selected.ID) {
		return selected
	}
	if len(reach.Projects) != 1 {
		return nil
	}
	only := reach.Projects[0]
	return &session.Project{ID: only.ID, Name: only.Name, Folder: "/"}
}

// scriptTTL is the default lifetime of a script's token on a platform that makes
// such tokens; it is that of MOLGENIS's own tokens.
const scriptTTL = "2h"

// withScriptToken makes a token of the command's own. If the server refuses, the
// command gets the user's credential.
func (o execOptions) withScriptToken(ctx context.Context, g grant) (grant, error) {
	life, err := o.lifetime(scriptTTL)
	if err != nil {
		return g, err
	}
	tokens := g.in.ScriptTokens()
	made, err := tokens.ScriptToken(ctx, tokenName(o.command[0]), life)
	switch {
	case errors.Is(err, platform.ErrNoScriptToken):
		o.Warn("%s makes no tokens for %s: the command gets the token of your session, which stays valid after the command", g.in.Account.Host, kit.Whose(g.in.Account))
		return g, nil
	case err != nil:
		return g, err
	}
	if o.ttl != "" {
		o.warnIfShort(made.Expires, life, "the server allows no longer lifetime")
	}
	return g.with(made, func() { o.endScriptToken(ctx, tokens, made) }), nil
}

// endScriptToken revokes the token of a command that has ended, also after Ctrl-C.
// It is not an error if the token is gone already.
func (o execOptions) endScriptToken(ctx context.Context, tokens platform.ScriptTokens, made platform.NewToken) {
	if made.ID == "" {
		return // only its expiry ends it
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), connect.RevokeTime)
	defer cancel()
	if err := tokens.EndScriptToken(bounded, made.ID); !errors.Is(err, platform.ErrNotFound) {
		o.warnUnlessEnded(made, err)
	}
}
