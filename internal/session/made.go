package session

import (
	"context"
	"slices"
	"time"
)

// MadeToken is an API token that was made on this machine: what a list needs
// where the platform has none. The token itself is nowhere.
type MadeToken struct {
	Server  string    `json:"server"` // base URL
	User    string    `json:"user"`
	ID      string    `json:"id"` // by which the platform knows it
	Name    string    `json:"name,omitempty"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // zero: the server did not say
}

// mostMade is how many tokens are remembered: the newest ones.
const mostMade = 1000

// NoteToken remembers a token. Those whose time is over are forgotten.
func (a *AccountIndex) NoteToken(ctx context.Context, made MadeToken) error {
	return a.update(ctx, func(index *index) error {
		now := a.now()
		index.Made = slices.DeleteFunc(index.Made, func(m MadeToken) bool { return m.over(now) || m.is(made) })
		index.Made = append(index.Made, made)
		if extra := len(index.Made) - mostMade; extra > 0 {
			index.Made = slices.Delete(index.Made, 0, extra)
		}
		return nil
	})
}

// MadeTokens lists the tokens of a user that were made here and are still good
// by what is known here, oldest first.
func (a *AccountIndex) MadeTokens(server, user string) ([]MadeToken, error) {
	index, err := a.read()
	now := a.now()
	return slices.DeleteFunc(index.Made, func(m MadeToken) bool {
		return m.Server != server || m.User != user || m.over(now)
	}), err
}

// ForgetToken forgets a token that was revoked. One that was not made here is no
// error.
func (a *AccountIndex) ForgetToken(ctx context.Context, server, id string) error {
	return a.update(ctx, func(index *index) error {
		index.Made = slices.DeleteFunc(index.Made, func(m MadeToken) bool { return m.Server == server && m.ID == id })
		return nil
	})
}

func (m MadeToken) over(now time.Time) bool { return !m.Expires.IsZero() && !now.Before(m.Expires) }

func (m MadeToken) is(other MadeToken) bool { return m.Server == other.Server && m.ID == other.ID }
