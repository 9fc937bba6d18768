package session

import (
	"context"
	"slices"
	"time"
)

// MadeToken describes an API token that was made on this machine, for platforms that
// can't list tokens. It does not contain the token itself.
type MadeToken struct {
	Server  string    `json:"server"` // base URL
	User    string    `json:"user"`
	ID      string    `json:"id"` // the platform's
	Name    string    `json:"name,omitempty"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // zero: the server did not say
}

// mostMade bounds how many tokens are recorded; older ones are dropped.
const mostMade = 1000

// NoteToken records a token. It drops tokens that have expired.
func (a *AccountIndex) NoteToken(ctx context.Context, made MadeToken) error {
	return a.update(ctx, func(index *index) error {
		now := a.now()
		index.Made = slices.DeleteFunc(index.Made, func(m MadeToken) bool { return m.expired(now) || m.is(made) })
		index.Made = append(index.Made, made)
		if extra := len(index.Made) - mostMade; extra > 0 {
			index.Made = slices.Delete(index.Made, 0, extra)
		}
		return nil
	})
}

// MadeTokens lists the tokens of a user that were made here and have not expired,
// oldest first.
func (a *AccountIndex) MadeTokens(server, user string) ([]MadeToken, error) {
	index, err := a.read()
	now := a.now()
	return slices.DeleteFunc(index.Made, func(m MadeToken) bool {
		return m.Server != server || m.User != user || m.expired(now)
	}), err
}

// ForgetToken drops a token that was revoked. A token that was not made here is not
// an error.
func (a *AccountIndex) ForgetToken(ctx context.Context, server, id string) error {
	return a.update(ctx, func(index *index) error {
		index.Made = slices.DeleteFunc(index.Made, func(m MadeToken) bool { return m.Server == server && m.ID == id })
		return nil
	})
}

func (m MadeToken) expired(now time.Time) bool { return !m.Expires.IsZero() && !now.Before(m.Expires) }

func (m MadeToken) is(other MadeToken) bool { return m.Server == other.Server && m.ID == other.ID }
