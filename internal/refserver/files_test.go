package refserver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A store that lost its content is not taken for a new one.
func TestAnEmptiedStoreIsRefused(t *testing.T) {
	for name, key := range map[string]string{"the key beside it": "", "a key elsewhere": filepath.Join(t.TempDir(), "key")} {
		t.Run(name, func(t *testing.T) {
			config := Config{StoreFile: filepath.Join(t.TempDir(), "platform.db"), KeyFile: key}
			server, err := Open(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			if err := server.Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(config.StoreFile, 0); err != nil {
				t.Fatal(err)
			}
			if server, err = Open(t.Context(), config); err == nil {
				server.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), "is empty, but its key") {
				t.Error(err)
			}
			if info, err := os.Stat(config.StoreFile); err != nil || info.Size() > 0 {
				t.Errorf("the file was changed: %v, %v", info, err)
			}
		})
	}
}
