package identity

import "context"

// DropCodes makes every one-time code invalid that was issued so far, verification
// codes up to now included: those of a restored copy may have been used since.
func (a *Authenticator) DropCodes(ctx context.Context, tx Tx) error {
	return tx.DropAllCodes(ctx, a.now().Unix()/totpSeconds+totpWindow)
}
