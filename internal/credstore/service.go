package credstore

import "errors"

// Errors of KeyringService.
var (
	ErrNoBus            = errors.New("no D-Bus session bus is known")
	ErrNoKeyringService = errors.New("no keyring service is running")
)
