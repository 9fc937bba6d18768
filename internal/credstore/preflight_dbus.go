//go:build !darwin && !windows

package credstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	secretsName = "org.freedesktop.secrets"
	secretsPath = "/org/freedesktop/secrets"

	// go-keyring uses the collection "login" if there is one, and what the
	// alias "default" stands for if not.
	loginCollection   = "/org/freedesktop/secrets/collection/login"
	defaultCollection = "/org/freedesktop/secrets/aliases/default"

	busAddressVariable = "DBUS_SESSION_BUS_ADDRESS"
)

// preflight asks the session bus about the Secret Service, which normally takes a few
// milliseconds. go-keyring must not be called before: without a bus it starts
// dbus-launch, and with a locked collection it waits for the user without a limit.
func preflight(ctx context.Context, limits limits) Probe {
	address := busAddress()
	if address == "" {
		return keyringProbe(Absent, "no D-Bus session bus is known")
	}
	if err := os.Setenv(busAddressVariable, address); err != nil {
		return keyringProbe(Absent, "the address of the D-Bus session bus can't be used")
	}
	probe, err := inspect(ctx, limits)
	if err != nil {
		probe = preflightFailure(err)
		if isForeignBus(address) {
			probe.Detail = foreignBus()
		}
	}
	return probe
}

// busAddress returns the address of the session bus, or "". The caller puts it into the
// environment, as godbus does, because go-keyring has to use the same bus.
func busAddress() string {
	if address := os.Getenv(busAddressVariable); address != "" && address != "autolaunch:" {
		return address
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
	}
	socket := filepath.Join(dir, "bus")
	if info, err := os.Stat(socket); err != nil || info.Mode().Type() != os.ModeSocket {
		return ""
	}
	return "unix:path=" + dbus.EscapeBusAddressValue(socket)
}

// inspect connects to the bus, starts the Secret Service if it must, and reads
// the state of the collection. Each step has its own limit.
func inspect(ctx context.Context, limits limits) (Probe, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // closes the connection

	conn, err := bounded(ctx, limits.answer, func() (*dbus.Conn, error) { return connect(ctx) })
	if err != nil {
		return Probe{}, err
	}
	if err := ensureRunning(ctx, conn, limits); err != nil {
		return Probe{}, err
	}
	locked, err := withLimit(ctx, limits.answer, func(ctx context.Context) (bool, error) { return collectionLocked(ctx, conn) })
	if err != nil {
		return Probe{}, err
	}
	if locked {
		return keyringProbe(Locked, "it has to be unlocked first"), nil
	}
	return keyringProbe(Ready, "it is unlocked"), nil
}

func connect(ctx context.Context) (*dbus.Conn, error) {
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if err := conn.Auth(nil); err != nil {
		return nil, err
	}
	return conn, conn.Hello()
}

// ensureRunning starts the Secret Service if it does not run and the bus can start it.
func ensureRunning(ctx context.Context, conn *dbus.Conn, limits limits) error {
	running, err := withLimit(ctx, limits.answer, func(ctx context.Context) (running bool, err error) {
		err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, secretsName).Store(&running)
		return running, err
	})
	if err != nil || running {
		return err
	}
	activatable, err := withLimit(ctx, limits.answer, func(ctx context.Context) (names []string, err error) {
		err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.ListActivatableNames", 0).Store(&names)
		return names, err
	})
	if err != nil {
		return err
	}
	if !slices.Contains(activatable, secretsName) {
		return errNoService
	}
	_, err = withLimit(ctx, limits.start, func(ctx context.Context) (started uint32, err error) {
		err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.StartServiceByName", 0, secretsName, uint32(0)).Store(&started)
		return started, err
	})
	return err
}

// collectionLocked reads the property Locked of the collection that go-keyring
// will use.
func collectionLocked(ctx context.Context, conn *dbus.Conn) (bool, error) {
	collections, err := property[[]dbus.ObjectPath](ctx, conn, secretsPath, "org.freedesktop.Secret.Service", "Collections")
	if err != nil {
		return false, err
	}
	collection := dbus.ObjectPath(defaultCollection)
	if slices.Contains(collections, loginCollection) {
		collection = loginCollection
	} else if err := checkDefault(ctx, conn); err != nil {
		return false, err
	}
	return property[bool](ctx, conn, collection, "org.freedesktop.Secret.Collection", "Locked")
}

// checkDefault returns an error if there is no default collection, as in a keyring that
// was never used.
func checkDefault(ctx context.Context, conn *dbus.Conn) error {
	var target dbus.ObjectPath
	err := conn.Object(secretsName, secretsPath).
		CallWithContext(ctx, "org.freedesktop.Secret.Service.ReadAlias", 0, "default").Store(&target)
	if err != nil {
		return err
	}
	if target == "/" {
		return errNoCollection
	}
	return nil
}

func property[T any](ctx context.Context, conn *dbus.Conn, path dbus.ObjectPath, iface, name string) (T, error) {
	var variant dbus.Variant
	var value T
	err := conn.Object(secretsName, path).
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, iface, name).Store(&variant)
	if err != nil {
		return value, err
	}
	if err := variant.Store(&value); err != nil {
		return value, fmt.Errorf("the keyring service's property %s: %w", name, err)
	}
	return value, nil
}

// withLimit runs a call that respects its context.
func withLimit[T any](ctx context.Context, limit time.Duration, call func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errNoAnswer)
	defer cancel()
	value, err := call(ctx)
	if err != nil && ctx.Err() != nil {
		return value, endOf(ctx)
	}
	return value, err
}

var (
	errNoService    = errors.New("no keyring service is running or installed")
	errNoCollection = errors.New("the keyring service has no default collection: make one with the keyring's own program")
)

func preflightFailure(err error) Probe {
	switch {
	case errors.Is(err, errNoService), errors.Is(err, errNoCollection):
		return keyringProbe(Absent, err.Error())
	case errors.Is(err, errNoAnswer):
		return keyringProbe(Unresponsive, "the keyring service, or the bus before it, did not answer in time")
	}
	if found, known := classify(describe(err)); known {
		return found
	}
	return keyringProbe(Unresponsive, "the D-Bus session bus failed: "+err.Error())
}

// describe returns the text of an error for classify, with the name of a D-Bus error,
// which its text lacks.
func describe(err error) string {
	var named dbus.Error
	if errors.As(err, &named) {
		return named.Name + ": " + err.Error()
	}
	return err.Error()
}
