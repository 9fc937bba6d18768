package credstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/dxauth/dxauth/internal/kernelkey"
	"github.com/dxauth/dxauth/internal/testkeyctl"
	"github.com/dxauth/dxauth/pkg/secret"
)

// testKernel is the real kernel's keyring, under descriptions that no other
// test and no person has.
func testKernel(t *testing.T) kernelKeyring {
	t.Helper()
	k := kernelKeyring{prefix: fmt.Sprintf("dxauth-test-%d-%s", os.Getpid(), t.Name())}
	t.Cleanup(func() {
		if err := k.Delete(context.WithoutCancel(t.Context()), testKey); err != nil {
			t.Errorf("cleaning up: %v", err)
		}
	})
	return k
}

func TestKernelKeepsItems(t *testing.T) {
	k := testKernel(t)
	if probe := k.Probe(t.Context()); probe.Outcome != Ready {
		t.Fatalf("probe: %v", probe)
	}
	exerciseStore(t, k)
	requireRefusalOfBadItems(t, k)
}

func TestKernelDescriptions(t *testing.T) {
	cases := map[Key]string{
		{Host: "platform.example", User: "alice"}:        "dxauth:platform.example:alice",
		{Host: "platform.example:8443", User: "a@b.org"}: "dxauth:platform.example:8443:a@b.org",
		{Host: "platform.example", User: "8443:a%3A"}:    "dxauth:platform.example:8443%3Aa%253A",
	}
	for key, want := range cases {
		if got := newKernelKeyring().description(key); got != want {
			t.Errorf("%v: %s, want %s", key, got, want)
		}
	}
}

// TestKernelAndKeyctl: what the documentation says to type finds the item.
func TestKernelAndKeyctl(t *testing.T) {
	k := testKernel(t)
	if err := k.Set(t.Context(), testKey, secret.New("a value")); err != nil {
		t.Fatal(err)
	}
	id, err := testkeyctl.Run(t, "search", "@u", "user", k.description(testKey))
	if err != nil {
		t.Fatalf("search: %s, %v", id, err)
	}
	if value, err := testkeyctl.Run(t, "print", id); err != nil || value != "a value" {
		t.Errorf("print: %q, %v", value, err)
	}
	// Possession and the user have all rights, group and others none.
	if described, err := testkeyctl.Run(t, "rdescribe", id); err != nil || !strings.Contains(described, ";3f3f0000;") {
		t.Errorf("rdescribe: %q, %v", described, err)
	}
	if err := k.Delete(t.Context(), testKey); err != nil {
		t.Fatal(err)
	}
	if value, err := testkeyctl.Run(t, "print", id); err == nil {
		t.Errorf("keyctl prints %q after the deletion", value)
	}
}

// TestKernelErrors is what the kernel says, and what that means to a person.
func TestKernelErrors(t *testing.T) {
	for _, gone := range []error{kernelkey.ErrNotFound, kernelkey.ErrExpired} {
		if err := kernelError(gone); !errors.Is(err, ErrNotFound) {
			t.Errorf("%v: %v, want ErrNotFound", gone, err)
		}
	}
	cases := []struct {
		err     error
		outcome Outcome
		says    string
	}{
		{kernelkey.ErrNone, Absent, "--store age"},
		{kernelkey.ErrForbidden, Absent, "container"},
		{kernelkey.ErrQuota, Declined, "kernel.keys.maxkeys"},
		{kernelkey.ErrDenied, Declined, "denies"},
	}
	for _, c := range cases {
		err := kernelError(fmt.Errorf("wrapped: %w", c.err))
		if outcomeOf(t, err) != c.outcome || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v, want %s and %q", c.err, err, c.outcome, c.says)
		}
	}
	if err := kernelError(unix.EINVAL); !errors.Is(err, unix.EINVAL) {
		t.Errorf("another error became %v", err)
	}
}

// TestKernelDenied: a key that may not be read is not taken for one that is gone.
func TestKernelDenied(t *testing.T) {
	k := testKernel(t)
	if err := k.Set(t.Context(), testKey, secret.New("value")); err != nil {
		t.Fatal(err)
	}
	id, err := testkeyctl.Run(t, "search", "@u", "user", k.description(testKey))
	if err != nil {
		t.Fatal(id, err)
	}
	// Neither who possesses it nor its user may read or search it.
	if out, err := testkeyctl.Run(t, "setperm", id, "0x01210000"); err != nil {
		t.Fatal(out, err)
	}
	if _, err := k.Get(t.Context(), testKey); outcomeOf(t, err) != Declined {
		t.Errorf("get: %v, want %s", err, Declined)
	}
	if err := k.Delete(t.Context(), testKey); outcomeOf(t, err) != Declined {
		t.Errorf("delete: %v, want %s", err, Declined)
	}
	if out, err := testkeyctl.Run(t, "setperm", id, "0x3f3f0000"); err != nil {
		t.Fatal(out, err)
	}
}
