//go:build darwin || windows

package credstore

import "context"

// preflight has nothing to find out: the keychain and the credential manager
// are parts of the system. Whether they answer shows in the call itself.
func preflight(context.Context, limits) Probe {
	return keyringProbe(Ready, "the system has a keyring")
}

// describe is the text of an error for classify.
func describe(err error) string { return err.Error() }
