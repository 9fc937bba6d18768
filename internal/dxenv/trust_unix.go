//go:build unix

package dxenv

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// checkTrust refuses what belongs to somebody else, or is open to others by one
// of the given bits. Remedy is the command that takes these bits away.
func checkTrust(path string, info fs.FileInfo, open fs.FileMode, remedy string) error {
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) != os.Geteuid() {
		return &unfitError{why: "belongs to another user"}
	}
	if mode := info.Mode().Perm(); mode&open != 0 {
		return &unfitError{why: fmt.Sprintf("is open to other users (mode %04o)", mode), fix: remedy + " " + path}
	}
	return nil
}
