//go:build darwin || windows

package credstore

import "context"

// preflight always reports a keyring: the keychain and the credential manager are part
// of the system.
func preflight(context.Context, limits) Probe {
	return keyringProbe(Ready, "the system has a keyring")
}

// describe is the text of an error for classify.
func describe(err error) string { return err.Error() }
