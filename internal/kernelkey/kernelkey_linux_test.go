package kernelkey

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dxauth/dxauth/internal/testkeyctl"
)

// description returns one that no other test and no program has. The key is removed at
// the end of the test.
func description(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("dxauth-test-%d-%s", os.Getpid(), t.Name())
	t.Cleanup(func() {
		if err := Remove(name); err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrExpired) {
			t.Errorf("cleaning up: %v", err)
		}
	})
	return name
}

func mustAdd(t *testing.T, key Key) {
	t.Helper()
	if err := Add(key); err != nil {
		t.Fatal(err)
	}
}

func wantContent(t *testing.T, description, want string) {
	t.Helper()
	if got, err := Read(description, 100); err != nil || string(got) != want {
		t.Errorf("read %q, %v; want %q", got, err, want)
	}
}

func TestAKeyFromAddToRemove(t *testing.T) {
	name := description(t)
	if err := Check(name); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(name, 100); !errors.Is(err, ErrNotFound) {
		t.Errorf("read after a check only: %v, want ErrNotFound", err)
	}
	mustAdd(t, Key{Description: name, Content: []byte("first"), Permissions: Full})
	wantContent(t, name, "first")
	mustAdd(t, Key{Description: name, Content: []byte("second"), Permissions: Renewable, Limit: time.Hour})
	wantContent(t, name, "second")
	if got, err := Read(name, 5); err == nil || len(got) > 0 {
		t.Errorf("read at most 5 of 6 bytes: %q, %v", got, err)
	}
	if err := Limit(name, time.Minute); err != nil {
		t.Error(err)
	}
	if err := Remove(name); err != nil {
		t.Error(err)
	}
	for call, err := range map[string]error{"limit": Limit(name, time.Hour), "remove": Remove(name)} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s after the removal: %v, want ErrNotFound", call, err)
		}
	}
}

// A process that does not possess a renewable key reads it and changes its limit, but
// puts nothing in its place.
func TestRenewable(t *testing.T) {
	name := description(t)
	mustAdd(t, Key{Description: name, Content: []byte("content"), Permissions: Renewable, Limit: time.Hour})
	id, err := testkeyctl.Run(t, "search", "@u", "user", name)
	if err != nil {
		t.Fatal(id, err)
	}
	if described, err := testkeyctl.Run(t, "rdescribe", id); err != nil || !strings.Contains(described, ";3f2b0000;") {
		t.Errorf("rdescribe: %q, %v", described, err)
	}
	elsewhere := func(args ...string) (string, error) { // in a session that does not possess the key
		return testkeyctl.Run(t, append([]string{"session", "-", "keyctl"}, args...)...)
	}
	if out, err := elsewhere("print", id); err != nil || !strings.HasSuffix(out, "content") {
		t.Errorf("print: %s, %v", out, err)
	}
	if out, err := elsewhere("timeout", id, "60"); err != nil {
		t.Errorf("timeout: %s, %v", out, err)
	}
	if out, err := elsewhere("update", id, "another"); err == nil {
		t.Errorf("the key was changed: %s", out)
	}
	wantContent(t, name, "content")
}

// This test waits for the kernel's own clock.
func TestLimit(t *testing.T) {
	t.Parallel()
	name := description(t)
	mustAdd(t, Key{Description: name, Content: []byte("content"), Permissions: Renewable, Limit: time.Nanosecond})
	wantContent(t, name, "content")
	var err error
	for deadline := time.Now().Add(time.Minute); err == nil; time.Sleep(20 * time.Millisecond) {
		if _, err = Read(name, 100); time.Now().After(deadline) {
			t.Fatal("the key is still there after a minute")
		}
	}
	for call, err := range map[string]error{"read": err, "limit": Limit(name, time.Hour), "remove": Remove(name)} {
		if !errors.Is(err, ErrExpired) {
			t.Errorf("%s after the limit: %v, want ErrExpired", call, err)
		}
	}
	mustAdd(t, Key{Description: name, Content: []byte("next"), Permissions: Full})
	wantContent(t, name, "next")
}

func TestExplain(t *testing.T) {
	for number, want := range map[syscall.Errno]error{
		unix.ENOKEY: ErrNotFound, unix.EKEYREVOKED: ErrNotFound, unix.EKEYEXPIRED: ErrExpired, unix.ENOSYS: ErrNone,
		unix.EPERM: ErrForbidden, unix.EDQUOT: ErrQuota, unix.EACCES: ErrDenied, unix.EINVAL: unix.EINVAL,
	} {
		if err := explain(fmt.Errorf("wrapped: %w", number)); !errors.Is(err, want) {
			t.Errorf("%v: %v, want %v", number, err, want)
		}
	}
	if err := explain(nil); err != nil {
		t.Errorf("no error became %v", err)
	}
}
