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

// serviceLimit bounds each question of Service.
const serviceLimit = time.Second

// KeyringService names the address of the session bus and the program that
// serves the keyring there, without starting one. The bus is also told with
// ErrNoKeyringService; other errors are ErrNoBus and those of the bus.
func KeyringService(ctx context.Context) (bus, program string, err error) {
	if bus = busAddress(); bus == "" {
		return "", "", ErrNoBus
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // closes the connection
	conn, err := bounded(ctx, serviceLimit, func() (*dbus.Conn, error) { return dialBus(ctx, bus) })
	if err != nil {
		return bus, "", err
	}
	pid, err := withLimit(ctx, serviceLimit, func(ctx context.Context) (uint32, error) { return serviceProcess(ctx, conn) })
	if err != nil {
		return bus, "", err
	}
	return bus, programOf(pid), nil
}

// dialBus leaves the environment as it is.
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

// programOf is the name by which a process was started; its arguments may be
// anybody's business and are left out.
func programOf(pid uint32) string {
	id := strconv.FormatUint(uint64(pid), 10)
	line, err := os.ReadFile(filepath.Join("/proc", id, "cmdline"))
	name, _, _ := strings.Cut(string(line), "\x00")
	if err != nil || name == "" {
		return fmt.Sprintf("process %s", id)
	}
	return fmt.Sprintf("%s (process %s)", filepath.Base(name), id)
}
