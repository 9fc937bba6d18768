package kit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/privatefile"
)

func TestNewFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "codes")
	file, err := kit.OpenNewFile("--out", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kit.OpenNewFile("--out", path); err == nil || !strings.Contains(err.Error(), "--out: "+path+" already exists") {
		t.Errorf("a file that exists: %v", err)
	}
	if err := file.Write([]byte("secret\n")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() != 7 || privatefile.CheckMode(path) != nil {
		t.Errorf("the file: %v, %v", info, err)
	}
	if err := file.Drop(nil); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a dropped file: %v", err)
	}
	_, err = kit.OpenNewFile("--out", filepath.Join(path, "below"))
	clitest.WantUsage(t, err, "--out: ")
	none, err := kit.OpenNewFile("--out", "")
	if none != nil || err != nil || none.Drop(nil) != nil {
		t.Errorf("no file: %v, %v", none, err)
	}
}
