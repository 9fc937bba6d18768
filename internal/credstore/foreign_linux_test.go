package credstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dxauth/dxauth/internal/testbus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// TestBusOfAnotherUser: after su or sudo -E every error of the keyring says what is wrong
// and what helps, and only that.
func TestBusOfAnotherUser(t *testing.T) {
	testbus.Foreign(t).Use(t)
	checkForeign(t)
}

// TestRootsBus: another user can't look into the folder of the bus.
func TestRootsBus(t *testing.T) {
	const key = "TESTED_AS_NOBODY"
	if os.Getenv(key) != "" {
		checkForeign(t)
		return
	}
	bus := testbus.Absent(t)
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestRootsBus$") // nobody can't reach its path
	cmd.Env = append(append(os.Environ(), bus.Env...), key+"=yes")
	if os.Geteuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	} else { // root's files are all that belongs to somebody else
		cmd.Env = append(cmd.Env, busAddressVariable+"=unix:path=/proc/1/root/run/user/0/bus")
	}
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
}

func checkForeign(t *testing.T) {
	t.Helper()
	k := newKeyring(false)
	_, getErr := k.Get(t.Context(), testKey)
	_, _, openErr := Open(t.Context(), Config{Want: KeyringName})
	for call, err := range map[string]error{
		"get": getErr, "set": k.Set(t.Context(), testKey, secret.New("value")), "delete": k.Delete(t.Context(), testKey), "open": openErr,
	} {
		text := fmt.Sprint(err)
		if !strings.Contains(text, ErrForeignBus.Error()+": "+ForeignBusAdvice+"; then try again, or choose --store plaintext") {
			t.Errorf("%s: %s", call, text)
		}
	}
	if _, _, err := KeyringService(context.WithoutCancel(t.Context())); !errors.Is(err, ErrForeignBus) {
		t.Errorf("the service of the bus: %v", err)
	}
}

// TestOwnersOfBuses: an own bus that is away is not another user's.
func TestOwnersOfBuses(t *testing.T) {
	dir := t.TempDir()
	abstract := filepath.Base(dir) + t.Name()
	listener, err := net.Listen("unix", "@"+abstract)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for _, address := range []string{
		"unix:path=" + dir, "unix:abstract=" + abstract, "unix:abstract=nobody-listens", "unix:path=" + dir + "/gone",
		"unix:guid=0123,path=" + dir, "unix:path=%zz", "unix:", "tcp:host=localhost,port=1", "nonsense", "", ";",
	} {
		if isForeignBus(address) {
			t.Errorf("%q is another user's", address)
		}
	}
	theirs := "unix:path=" + filepath.Join(dir, "theirs")
	if os.Geteuid() == 0 {
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "theirs"), nil, 0o600), os.Chown(filepath.Join(dir, "theirs"), 1, 1)); err != nil {
			t.Fatal(err)
		}
	} else {
		theirs = "unix:path=/"
	}
	for _, address := range []string{theirs, "unix:path=" + dir + ";" + theirs, strings.Replace(theirs, "path=", "guid=0123,path=", 1), strings.Replace(theirs, "/", "%2f", 1)} {
		if !isForeignBus(address) {
			t.Errorf("%q is not another user's", address)
		}
	}
}
