//go:build unix

package cli

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// exposed says what lets others at a file by one of the given bits; empty:
// nothing does.
func exposed(info fs.FileInfo, open fs.FileMode) string {
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) != os.Geteuid() {
		return "belongs to another user"
	}
	if mode := info.Mode().Perm(); mode&open != 0 {
		return fmt.Sprintf("is open to other users (mode %04o)", mode)
	}
	return ""
}
