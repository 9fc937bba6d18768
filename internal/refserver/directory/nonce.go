package directory

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Nonce identifies a request that may be sent twice, with what it created.
type Nonce struct {
	UserID  string
	Value   string
	Input   string // a digest of the rest of the request
	Made    string // an ID
	Created time.Time
}

// NonceWindow is how long a nonce is remembered.
const NonceWindow = time.Hour

// MaxNonce is the greatest length of a nonce in bytes.
const MaxNonce = 128

// counts reports whether a nonce is remembered. One from a clock that ran ahead is not.
func (n Nonce) counts(now time.Time) bool {
	return clock.Span{Made: n.Created, Ends: n.Created.Add(NonceWindow)}.Contains(now)
}

// Once calls produce and returns its ID, or returns the ID that the viewer's
// earlier request with the same nonce and input produced. Without a nonce it calls
// produce each time. It returns ErrNonceReused and refusal.WrongInput.
func (s *Service) Once(ctx context.Context, tx Tx, viewer Viewer, nonce, input string, produce func() (string, error)) (string, error) {
	if nonce == "" {
		return produce()
	}
	if len(nonce) > MaxNonce {
		return "", refusal.Inputf("nonce", "is longer than %d bytes", MaxNonce)
	}
	earlier, found, err := tx.Nonce(ctx, viewer.UserID, nonce)
	switch {
	case err != nil:
		return "", err
	case found && earlier.counts(s.now()) && earlier.Input == input:
		return earlier.Made, nil
	case found && earlier.counts(s.now()):
		return "", ErrNonceReused
	}
	made, err := produce()
	if err != nil {
		return "", err
	}
	return made, tx.KeepNonce(ctx, Nonce{UserID: viewer.UserID, Value: nonce, Input: input, Made: made, Created: s.now()})
}
