package credstore

import "errors"

// Errors of KeyringService.
var (
	ErrNoBus            = errors.New("no D-Bus session bus is known")
	ErrNoKeyringService = errors.New("no keyring service is running")
	ErrForeignBus       = errors.New("the D-Bus session bus belongs to another user, as after su or sudo -E")
)

// ForeignBusAdvice says what helps against ErrForeignBus.
const ForeignBusAdvice = "unset DBUS_SESSION_BUS_ADDRESS and XDG_RUNTIME_DIR, or log in to the desktop as this user"

// foreignBus is the detail of a keyring behind another user's bus. It has the advice in
// it, because another store's may follow.
func foreignBus() string { return ErrForeignBus.Error() + ": " + ForeignBusAdvice }
