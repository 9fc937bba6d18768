//go:build unix

package credstore

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

const (
	noFollow = syscall.O_NOFOLLOW
	// noBlock keeps a named pipe from holding up the open.
	noBlock = syscall.O_NONBLOCK
)

// exposure says what lets other users at a file or directory, and names the
// command that puts it right; "" means that nothing does.
func exposure(info fs.FileInfo, remedy string) string {
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) != os.Geteuid() {
		return "belongs to another user"
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Sprintf("is open to other users (mode %04o): run `%s`", mode, remedy)
	}
	return ""
}

// syncDir makes a rename or removal in the directory last.
func syncDir(dir string) error {
	handle, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("syncing the directory of the credential file: %w", err)
	}
	defer handle.Close()
	if err := handle.Sync(); err != nil {
		return fmt.Errorf("syncing the directory of the credential file: %w", err)
	}
	return nil
}
