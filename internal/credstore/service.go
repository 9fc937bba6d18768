package credstore

import "errors"

// Why KeyringService has no program to name.
var (
	ErrNoBus            = errors.New("no D-Bus session bus is known")
	ErrNoKeyringService = errors.New("no keyring service is running")
)
