package privatefile_test

import (
	"errors"
	"os"
	"testing"

	"github.com/dxauth/dxauth/internal/privatefile"
)

// Some files below /proc are regular by their mode, and reading them waits.
func TestARegularFileThatWaitsIsRefused(t *testing.T) {
	const mounts = "/proc/self/mounts" // waits only in select, so that this test can't hang
	if _, err := os.Stat(mounts); err != nil {
		t.Skip(err)
	}
	if _, err := privatefile.ReadRegular(mounts, 1<<20); !errors.Is(err, privatefile.ErrKind) {
		t.Errorf("got %v, want it to be refused", err)
	}
}
