package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// ErrUnreadableCodes means that stored codes are not those that were stored for this
// user: they were moved, changed or sealed with another key.
var ErrUnreadableCodes = &refusal.Error{
	Code: refusal.Conflict, Reason: refusal.UnreadableCodes,
	Message: "the new recovery codes can't be read: generate others",
}

// unreadTime is how long new recovery codes are kept for reading.
const unreadTime = 10 * time.Minute

// StashCodes stores new recovery codes for a few minutes, for a protocol that shows
// them in another request than the one that creates them.
func (a *Authenticator) StashCodes(ctx context.Context, tx Tx, userID string, codes []secret.Text) error {
	lines := make([]string, len(codes))
	for i, code := range codes {
		lines[i] = code.Reveal()
	}
	sealed, err := a.key.Seal(a.random, []byte(strings.Join(lines, "\n")), unreadPlace(userID))
	if err != nil {
		return fmt.Errorf("seal the new recovery codes of %s: %w", userID, err)
	}
	return tx.SetUnreadCodes(ctx, userID, sealed, a.validFor(unreadTime))
}

// TakeUnread returns the stored codes once, or nil if they expired or are no longer
// the user's current codes. It returns ErrUnreadableCodes, after which none are
// stored.
func (a *Authenticator) TakeUnread(ctx context.Context, tx Tx, userID string) ([]secret.Text, error) {
	sealed, err := tx.TakeUnreadCodes(ctx, userID, a.now())
	if err != nil || sealed == nil {
		return nil, err
	}
	opened, err := a.key.Open(sealed, unreadPlace(userID))
	if err != nil {
		return nil, ErrUnreadableCodes.Wrap(err)
	}
	stored, err := tx.RecoveryCodes(ctx, userID)
	if err != nil {
		return nil, err
	}
	var codes []secret.Text
	for _, line := range strings.Split(string(opened), "\n") {
		code := secret.New(line)
		if !slices.ContainsFunc(stored, func(s RecoveryCode) bool { return s.Hash == a.hashCode(userID, code) }) {
			return nil, nil
		}
		codes = append(codes, code)
	}
	return codes, nil
}

func unreadPlace(userID string) seal.Place {
	return seal.Place{Table: "unread_codes", Column: "codes", Row: userID}
}
