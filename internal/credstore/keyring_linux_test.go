package credstore

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testbus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// keyringOf returns a keyring that gives a bus time, however slow the machine is, unless it
// is to find that nothing comes.
func keyringOf(canUnlock bool, want Outcome) *keyring {
	if want == Unresponsive {
		return hurried(canUnlock)
	}
	k := newKeyring(canUnlock)
	k.limits = limits{answer: time.Minute, start: time.Minute, call: time.Minute, prompt: time.Minute}
	return k
}

// hurried returns a keyring that soon gives up waiting.
func hurried(canUnlock bool) *keyring {
	k := newKeyring(canUnlock)
	k.limits.answer = 300 * time.Millisecond
	k.limits.call = 300 * time.Millisecond
	k.limits.prompt = 300 * time.Millisecond
	return k
}

func TestUnlockedKeyring(t *testing.T) {
	bus := testbus.Unlocked(t)
	bus.Use(t)
	store, reason, err := Open(t.Context(), Config{Want: Auto})
	if err != nil || store.Name() != KeyringName {
		t.Fatalf("Open: %v, %q, %v", store, reason, err)
	}
	exerciseStore(t, store)

	// Other programs of the user find the item by its documented attributes.
	attributes := []string{"service", "dxauth", "username", "alice@platform.example:8443"}
	if err := store.Set(t.Context(), testKey, secret.New("a value")); err != nil {
		t.Fatal(err)
	}
	if value, found := bus.Lookup(t, attributes...); value != "a value" {
		t.Errorf("secret-tool found %q, %v", value, found)
	}
	if err := store.Delete(t.Context(), testKey); err != nil {
		t.Fatal(err)
	}
	if value, found := bus.Lookup(t, attributes...); found {
		t.Errorf("secret-tool finds %q after the deletion", value)
	}
}

// TestProbeOfRealBuses has every state in which a session's keyring can be. A
// probe asks nobody, so it must end in a short time in all of them.
func TestProbeOfRealBuses(t *testing.T) {
	cases := []struct {
		name  string
		start func(testing.TB) testbus.Bus
		want  Outcome
	}{
		{"absent", testbus.Absent, Absent},
		{"fresh, without a collection", testbus.Fresh, Absent},
		{"unlocked", testbus.Unlocked, Ready},
		{"locked", testbus.Locked, Locked},
		{"not started yet", testbus.Activatable, Locked},
		{"hanging", testbus.Hanging, Locked},
		{"hanging on writes", testbus.HangingWrite, Ready},
		{"mute", testbus.Mute, Unresponsive},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.start(t).Use(t)
			began := time.Now()
			got := keyringOf(true, c.want).Probe(t.Context())
			if got.Store != KeyringName || got.Outcome != c.want {
				t.Errorf("probe: %v, want %s", got, c.want)
			}
			if took := time.Since(began); took > 15*time.Second {
				t.Errorf("the probe took %v", took)
			}
		})
	}
}

// TestCallsToRealBuses makes calls to keyrings that can't serve them: each ends
// with the right outcome, within the limit.
func TestCallsToRealBuses(t *testing.T) {
	cases := []struct {
		name      string
		start     func(testing.TB) testbus.Bus
		canUnlock bool
		want      Outcome
	}{
		{"absent", testbus.Absent, true, Absent},
		{"locked, nobody there", testbus.Locked, false, Locked},
		{"locked, no prompt can be shown", testbus.Locked, true, Declined},
		{"locked, prompt dismissed", testbus.Dismissing, true, Declined},
		{"locked, prompt never answered", testbus.Hanging, true, Unresponsive},
		{"locked, never asked", testbus.Hanging, false, Locked},
		{"mute", testbus.Mute, true, Unresponsive},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.start(t).Use(t)
			k := keyringOf(c.canUnlock, c.want)
			if _, err := k.Get(t.Context(), testKey); outcomeOf(t, err) != c.want {
				t.Errorf("get: %v, want %s", err, c.want)
			}
			if err := k.Set(t.Context(), testKey, secret.New("value")); outcomeOf(t, err) != c.want {
				t.Errorf("set: %v, want %s", err, c.want)
			}
			if err := k.Delete(t.Context(), testKey); outcomeOf(t, err) != c.want {
				t.Errorf("delete: %v, want %s", err, c.want)
			}
		})
	}
}

// TestInterruptedCalls: whatever a call waits for, a signal ends it with the context's
// error, not with what the signal is called.
func TestInterruptedCalls(t *testing.T) {
	for name, start := range map[string]func(testing.TB) testbus.Bus{
		"the bus": testbus.Mute, "a prompt": testbus.Hanging, "a write": testbus.HangingWrite,
	} {
		t.Run(name, func(t *testing.T) {
			start(t).Use(t)
			ctx, signal := context.WithCancelCause(t.Context())
			timer := time.AfterFunc(50*time.Millisecond, func() { signal(errors.New("interrupt signal received")) })
			defer timer.Stop()
			if err := newKeyring(true).Set(ctx, testKey, secret.New("value")); !errors.Is(err, context.Canceled) {
				t.Errorf("set: %v", err)
			}
			if _, _, err := Open(ctx, Config{Want: Auto, CanUnlock: true}); !errors.Is(err, context.Canceled) {
				t.Errorf("open: %v", err)
			}
		})
	}
}

func TestWriteThatHangs(t *testing.T) {
	testbus.HangingWrite(t).Use(t)
	err := hurried(true).Set(t.Context(), testKey, secret.New("value"))
	if got := outcomeOf(t, err); got != Unresponsive {
		t.Errorf("set: %v, want %s", err, Unresponsive)
	}
}

func TestWriteThatIsDismissed(t *testing.T) {
	testbus.Lying(t).Use(t)
	err := keyringOf(true, Ready).Set(t.Context(), testKey, secret.New("value"))
	if !errors.Is(err, ErrNotKept) {
		t.Errorf("set: %v, want ErrNotKept", err)
	}
}

func TestOpenUnlocksALockedKeyring(t *testing.T) {
	testbus.Answering(t).Use(t)
	var told []string
	store, reason, err := Open(t.Context(), Config{
		Want: Auto, CanUnlock: true, Unlocking: func(store string) { told = append(told, store) },
	})
	if err != nil || !strings.Contains(reason, "unlocked now") {
		t.Fatalf("Open: %v, %q, %v", store, reason, err)
	}
	if !slices.Equal(told, []string{KeyringName}) {
		t.Errorf("told of unlocking %q", told)
	}
	if got := store.Probe(t.Context()); got.Outcome != Ready {
		t.Errorf("probe afterwards: %v, want %s", got, Ready)
	}
}

func TestOpenAsksALockedKeyring(t *testing.T) {
	testbus.Dismissing(t).Use(t)
	_, _, err := Open(t.Context(), Config{Want: Auto, CanUnlock: true})
	if got := outcomeOf(t, err); got != Declined {
		t.Errorf("asked, and refused: %v, want %s", err, Declined)
	}
	_, _, err = Open(t.Context(), Config{Want: Auto, Known: KeyringName})
	if got := outcomeOf(t, err); got != Locked {
		t.Errorf("not asked: %v, want %s", err, Locked)
	}
}

// TestWithoutABus has the addresses of a machine without a desktop. None may
// start dbus-launch, and none needs time to find out.
func TestWithoutABus(t *testing.T) {
	gone := "unix:path=" + filepath.Join(t.TempDir(), "gone")
	for _, address := range []string{"", "autolaunch:", gone, "nonsense"} {
		t.Run("address "+filepath.Base(address), func(t *testing.T) {
			launched := decoyDBusLaunch(t)
			t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
			k := newKeyring(true)

			began := time.Now()
			got := k.Probe(t.Context())
			took := time.Since(began)
			_, err := k.Get(t.Context(), testKey)

			if got.Outcome != Absent || outcomeOf(t, err) != Absent {
				t.Errorf("probe: %v; get: %v; want %s", got, err, Absent)
			}
			if took > 100*time.Millisecond {
				t.Errorf("the probe took %v", took)
			}
			if _, err := os.Stat(launched); err == nil {
				t.Error("dbus-launch was started")
			}
		})
	}
}

// decoyDBusLaunch puts a dbus-launch first in the path that leaves a file.
func decoyDBusLaunch(t *testing.T) (launched string) {
	t.Helper()
	dir := t.TempDir()
	launched = filepath.Join(dir, "launched")
	script := "#!/bin/sh\n: >" + launched + "\nexit 1\n"
	if err := os.WriteFile(filepath.Join(dir, "dbus-launch"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return launched
}

// TestBusThatAcceptsAndIsSilent has a socket with nobody behind it.
func TestBusThatAcceptsAndIsSilent(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "bus")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+socket)
	if got := hurried(true).Probe(t.Context()); got.Outcome != Unresponsive {
		t.Errorf("probe: %v, want %s", got, Unresponsive)
	}
}

func TestBusOfTheRuntimeDirectory(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	if got := busAddress(); got != "" {
		t.Errorf("address %q, want none", got)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, "bus"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if got, want := busAddress(), "unix:path="+filepath.Join(dir, "bus"); got != want {
		t.Errorf("address %q, want %q", got, want)
	}
}
