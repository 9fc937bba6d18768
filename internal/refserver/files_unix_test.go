//go:build unix

package refserver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// S-57: a store that other users can read or change is refused, and so is what SQLite
// keeps beside it.
func TestAnExposedStoreIsRefused(t *testing.T) {
	for mode, exposed := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o604: true, 0o620: true, 0o602: true, 0o666: true} {
		for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
			path := filepath.Join(t.TempDir(), "platform.db")
			server, err := Open(t.Context(), Config{StoreFile: path})
			if err != nil {
				t.Fatal(err)
			}
			if err := server.Close(); err != nil {
				t.Fatal(err)
			}
			if suffix != "" {
				if err := os.WriteFile(path+suffix, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(path+suffix, mode); err != nil {
				t.Fatal(err)
			}
			server, err = Open(t.Context(), Config{StoreFile: path})
			if err == nil {
				server.Close()
			}
			if refused := err != nil && strings.Contains(err.Error(), "is open to other users"); refused != exposed {
				t.Errorf("%s with mode %04o: %v", "platform.db"+suffix, mode, err)
			}
		}
	}
}
