package credstore

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testkeyctl"
	"github.com/dxauth/dxauth/pkg/secret"
)

// TestKernelLimit waits for the kernel's own clock.
func TestKernelLimit(t *testing.T) {
	t.Parallel()
	k := testKernel(t)
	var store Store = k
	timed, ok := store.(Timed)
	if !ok {
		t.Fatal("the kernel store is not Timed")
	}
	if err := timed.Limit(t.Context(), testKey, time.Minute); !errors.Is(err, ErrNotFound) {
		t.Errorf("limiting what is not there: %v, want ErrNotFound", err)
	}
	if err := k.Set(t.Context(), testKey, secret.New("value")); err != nil {
		t.Fatal(err)
	}
	id, err := testkeyctl.Run(t, "search", "@u", "user", k.description(testKey))
	if err != nil {
		t.Fatal(id, err)
	}
	for _, ttl := range []time.Duration{time.Hour, time.Minute, 0} { // the last one counts, as a second
		if err := timed.Limit(t.Context(), testKey, ttl); err != nil {
			t.Fatal(err)
		}
		if got, err := k.Get(t.Context(), testKey); err != nil || got.Reveal() != "value" {
			t.Errorf("before the end: %q, %v", got.Reveal(), err)
		}
	}
	waitFor(t, func() bool { _, err := testkeyctl.Run(t, "print", id); return err != nil })

	if _, err := k.Get(t.Context(), testKey); !errors.Is(err, ErrNotFound) {
		t.Errorf("after the end: %v, want ErrNotFound", err)
	}
	if out, err := testkeyctl.Run(t, "search", "@u", "user", k.description(testKey)); err == nil {
		t.Errorf("keyctl finds %s after the end", out)
	}
	if err := timed.Limit(t.Context(), testKey, time.Hour); !errors.Is(err, ErrNotFound) {
		t.Errorf("limiting what ended: %v, want ErrNotFound", err)
	}
	if err := k.Delete(t.Context(), testKey); err != nil {
		t.Errorf("deleting what ended: %v", err)
	}

	// The next item of that name lives on: its limit is its own.
	if err := k.Set(t.Context(), testKey, secret.New("next")); err != nil {
		t.Fatal(err)
	}
	id, err = testkeyctl.Run(t, "search", "@u", "user", k.description(testKey))
	if err != nil {
		t.Fatal(id, err)
	}
	if value, err := testkeyctl.Run(t, "print", id); err != nil || value != "next" {
		t.Errorf("the next item is %q, %v", value, err)
	}
}

// waitFor waits until something has happened, at most a minute.
func waitFor(t *testing.T, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !happened(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen within a minute")
		}
	}
}

// TestKernelTakesTheLimitAway: a login writes a new session over the old one,
// and the old one's time is not its own.
func TestKernelTakesTheLimitAway(t *testing.T) {
	k := testKernel(t)
	set := func() string {
		if err := k.Set(t.Context(), testKey, secret.New("value")); err != nil {
			t.Fatal(err)
		}
		id, err := testkeyctl.Run(t, "search", "@u", "user", k.description(testKey))
		if err != nil {
			t.Fatal(id, err)
		}
		return timeoutOf(t, id)
	}
	if got := set(); got != "perm" {
		t.Errorf("a new item ends in %s, want never", got)
	}
	if err := k.Limit(t.Context(), testKey, 90*time.Second+900*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	id, _ := testkeyctl.Run(t, "search", "@u", "user", k.description(testKey))
	if got := timeoutOf(t, id); got != "1m" {
		t.Errorf("the item ends in %s, want 1m", got)
	}
	if got := set(); got != "perm" {
		t.Errorf("the item written anew ends in %s, want never", got)
	}
}

// timeoutOf is how the kernel shows the time that a key has left.
func timeoutOf(t *testing.T, id string) string {
	t.Helper()
	var number int
	if _, err := fmt.Sscan(id, &number); err != nil {
		t.Fatal(err)
	}
	keys, err := os.ReadFile("/proc/keys")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(keys) {
		if fields := strings.Fields(string(line)); fields[0] == fmt.Sprintf("%08x", number) {
			return fields[3]
		}
	}
	t.Fatalf("/proc/keys has no key %08x", number)
	return ""
}
