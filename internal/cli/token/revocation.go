package token

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// findEach finds the tokens with these names or IDs, each once.
func (c tokenClient) findEach(ctx context.Context, names []string) ([]platform.Token, error) {
	var list []platform.Token
	for _, name := range names {
		token, err := c.find(ctx, name)
		if errors.Is(err, platform.ErrNotOffered) {
			token, err = c.findMade(name)
		}
		if err != nil {
			return nil, nothingRevoked(err)
		}
		if !contains(list, token) {
			list = append(list, token)
		}
	}
	return list, nil
}

// nothingRevoked adds to the error of a token that was not found that nothing was
// revoked.
func nothingRevoked(err error) error {
	failure, ok := errors.AsType[*refusal.Error](err)
	if !ok {
		return err
	}
	changed := *failure
	changed.Message += "; nothing was revoked"
	return &changed
}

// confirmRevoking asks whether the tokens are the right ones.
func (c tokenClient) confirmRevoking(ctx context.Context, list []platform.Token) error {
	if err := c.RequireYes("revoking " + countTokens(list)); err != nil {
		return err
	}
	question := fmt.Sprintf("Revoke %s, %s?", apitoken.Text(list[0]), apitoken.UsedText(list[0], c.Now()))
	if len(list) > 1 {
		c.NoticeTable(c.table(ctx, list))
		question = fmt.Sprintf("Revoke these %s?", countTokens(list))
	}
	for _, t := range list {
		if t.Current {
			c.Warn("%s is the token that you are logged in with: revoking it logs you out here and everywhere else it is used", apitoken.Text(t))
		}
	}
	return c.Confirmed(ctx, question, refusal.New(refusal.Interrupted, "nothing was revoked"))
}

func countTokens(list []platform.Token) string {
	if len(list) == 1 {
		return "1 token"
	}
	return fmt.Sprintf("%d tokens", len(list))
}

// revokeEach revokes the tokens, the one in use last, because the others can't be
// revoked without it. After a failure it continues with the other tokens.
func (c tokenClient) revokeEach(ctx context.Context, list []platform.Token) (kit.RevokedJSON, error) {
	done := kit.RevokedJSON{Revoked: []string{}}
	if len(list) == 0 {
		c.Message("Nothing to revoke")
	}
	var failure error // the last one
	for _, t := range currentLast(list) {
		err := c.revokeAndReport(ctx, t)
		switch {
		case err == nil:
			done.Revoked = append(done.Revoked, t.ID)
		case ctx.Err() != nil || errors.Is(err, platform.ErrSignedOut):
			return done, err // the others would fail as well
		default:
			c.Warn("%s was not revoked: %s", apitoken.Text(t), err)
			failure = err
		}
	}
	if failure == nil {
		return done, nil
	}
	last := c.Classify(failure)
	return done, refusal.New(last.Code, "%d of %s were not revoked; the last failure: %s", len(list)-len(done.Revoked), countTokens(list), last.Message).
		WithHint(last.Hint).Wrap(failure)
}

func currentLast(list []platform.Token) []platform.Token {
	isCurrent := func(t platform.Token) bool { return t.Current }
	i := slices.IndexFunc(list, isCurrent)
	if i < 0 {
		return list
	}
	return append(slices.Delete(slices.Clone(list), i, i+1), list[i])
}

// revokeAndReport revokes a token and prints a message.
func (c tokenClient) revokeAndReport(ctx context.Context, t platform.Token) error {
	if t.Current {
		return c.revokeCurrent(ctx, t)
	}
	if err := c.revokeOne(ctx, t); err != nil {
		return err
	}
	c.Message("Revoked %s", apitoken.Text(t))
	return nil
}

// revokeOne revokes a token. A token that has already ended, perhaps together with
// its parent, is not an error.
func (c tokenClient) revokeOne(ctx context.Context, t platform.Token) error {
	if err := c.In.RevokeToken(ctx, t.ID); err != nil && !errors.Is(err, platform.ErrNotFound) {
		return err
	}
	if err := c.Accounts.ForgetToken(ctx, c.In.Account.Server, t.ID); err != nil {
		c.Warn("%s is revoked, but still recorded here: %s", apitoken.Text(t), err)
	}
	return nil
}

// revokeCurrent revokes the token in use and erases the credential here.
func (c tokenClient) revokeCurrent(ctx context.Context, t platform.Token) error {
	if err := c.revokeOne(ctx, t); err != nil {
		return err
	}
	c.Message("Revoked %s, the token that you were logged in with", apitoken.Text(t))
	if !c.In.Stored {
		return nil
	}
	return c.Accounts.ForgetIf(ctx, c.In.Account, c.In.Credential)
}
