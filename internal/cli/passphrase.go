package cli

import (
	"context"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// storePassphrase is where the passphrase of the store age comes from; nil where
// nothing can be asked. A command has one, which asks once for all stores.
func (a *app) storePassphrase() credstore.Passphrase {
	switch {
	case a.passphrase != nil:
	case a.settings.PassphraseFile != "":
		a.passphrase = credstore.PassphraseFile(a.settings.PassphraseFile).Once()
	case a.term.CanAsk() == nil:
		a.passphrase = credstore.Passphrase(a.askPassphrase).Once()
	}
	return a.passphrase
}

// askPassphrase asks, and once more for a new file.
func (a *app) askPassphrase(ctx context.Context, confirm bool) (secret.Text, error) {
	first, err := a.term.Secret(ctx, "Passphrase of the credential file: ")
	if err != nil || !confirm {
		return first, err
	}
	again, err := a.term.Secret(ctx, "The same passphrase again: ")
	if err != nil {
		return secret.Text{}, err
	}
	if !first.Equal(again) {
		return secret.Text{}, refusal.New(refusal.WrongCredentials, "the two passphrases are not the same; nothing was stored").
			WithHint("try again")
	}
	return first, nil
}
