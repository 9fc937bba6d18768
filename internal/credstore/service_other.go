//go:build darwin || windows

package credstore

import "context"

// KeyringService returns the system's own keyring; there is no bus.
func KeyringService(context.Context) (bus, program string, err error) {
	return "", "the keyring of the system", nil
}
