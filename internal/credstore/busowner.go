//go:build !darwin && !windows

package credstore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/godbus/dbus/v5"
)

// isForeignBus reports whether a bus belongs to another user. An address may list
// several, separated by semicolons.
func isForeignBus(address string) bool {
	for one := range strings.SplitSeq(address, ";") {
		owner, err := ownerOfBus(one)
		if err == nil && owner != os.Geteuid() {
			return true
		}
	}
	return false
}

// ownerOfBus returns the user of a bus at a socket of this machine.
func ownerOfBus(address string) (int, error) {
	keys, found := strings.CutPrefix(address, "unix:")
	if !found {
		return 0, errors.ErrUnsupported
	}
	for pair := range strings.SplitSeq(keys, ",") {
		key, escaped, _ := strings.Cut(pair, "=")
		value, err := dbus.UnescapeBusAddressValue(escaped)
		if err != nil {
			return 0, err
		}
		switch key {
		case "path":
			return ownerOf(value)
		case "abstract":
			return ownerOfListener("@" + value)
		}
	}
	return 0, errors.ErrUnsupported
}

// ownerOf returns the user of a file, or of the nearest folder above it that can be
// seen: others can't look into the folder of a user's bus.
func ownerOf(path string) (int, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrPermission) && filepath.Dir(path) != path {
		return ownerOf(filepath.Dir(path))
	}
	if err != nil {
		return 0, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	return int(stat.Uid), nil
}
