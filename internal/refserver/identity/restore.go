package identity

import "context"

// DropCodes makes every one-time code invalid that was issued so far, verification
// codes up to now included: those of a restored copy may have been used since.
func (a *Authenticator) DropCodes(ctx context.Context, tx Tx) error {
	now := a.now()
	return tx.DropAllCodes(ctx, now, now.Unix()/totpSeconds+totpWindow)
}
