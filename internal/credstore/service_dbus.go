//go:build !darwin && !windows

package credstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// serviceLimit bounds each request of KeyringService.
const serviceLimit = time.Second

// KeyringService returns the address of the session bus and the program that provides
// the keyring there, without starting one. It returns ErrNoBus, ErrNoKeyringService
// or ErrForeignBus together with the address, or an error of the bus.
func KeyringService(ctx context.Context) (bus, program string, err error) {
	if bus = busAddress(); bus == "" {
		return "", "", ErrNoBus
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // closes the connection
	conn, err := bounded(ctx, serviceLimit, func() (*dbus.Conn, error) { return dialBus(ctx, bus) })
	if err != nil && isForeignBus(bus) {
		err = ErrForeignBus
	}
	if err != nil {
		return bus, "", err
	}
	pid, err := withLimit(ctx, serviceLimit, func(ctx context.Context) (uint32, error) { return serviceProcess(ctx, conn) })
	if err != nil {
		return bus, "", err
	}
	return bus, programOf(pid), nil
}

// dialBus connects to the bus without changing the environment.
func dialBus(ctx context.Context, address string) (*dbus.Conn, error) {
	conn, err := dbus.Dial(address, dbus.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if err := conn.Auth(nil); err != nil {
		return nil, err
	}
	return conn, conn.Hello()
}

func serviceProcess(ctx context.Context, conn *dbus.Conn) (pid uint32, err error) {
	err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetConnectionUnixProcessID", 0, secretsName).Store(&pid)
	var named dbus.Error
	if errors.As(err, &named) && named.Name == "org.freedesktop.DBus.Error.NameHasNoOwner" {
		return 0, ErrNoKeyringService
	}
	return pid, err
}

// programOf returns the name of a process's program, without its arguments, which may
// be private.
func programOf(pid uint32) string {
	id := strconv.FormatUint(uint64(pid), 10)
	line, err := os.ReadFile(filepath.Join("/proc", id, "cmdline"))
	name, _, _ := strings.Cut(string(line), "\x00")
	if err != nil || name == "" {
		return fmt.Sprintf("process %s", id)
	}
	return fmt.Sprintf("%s (process %s)", filepath.Base(name), id)
}
