package identity

import (
	"context"
	"time"
)

// DropCodes makes at most count one-time codes invalid that were issued before a time,
// verification codes included: those of a restored copy may have been used since. It
// reports whether there may be more.
func (a *Authenticator) DropCodes(ctx context.Context, tx Tx, before time.Time, count int) (more bool, err error) {
	return tx.DropCodes(ctx, before.Unix()/totpSeconds+totpWindow, count)
}
