//go:build linux

package testbus

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// TestBuses checks by the Secret Service interface that each bus is what its name
// says.
func TestBuses(t *testing.T) {
	cases := []struct {
		name        string
		start       func(testing.TB) Bus
		owned       bool
		activatable bool
		locked      any // property of the login collection; nil: no collection
	}{
		{"absent", Absent, false, false, nil},
		{"fresh", Fresh, true, false, nil},
		{"unlocked", Unlocked, true, false, false},
		{"locked", Locked, true, false, true},
		{"activatable", Activatable, false, true, true},
		{"hanging", Hanging, true, false, true},
		{"hanging write", HangingWrite, true, false, false},
		{"dismissing", Dismissing, true, false, true},
		{"answering", Answering, true, false, true},
		{"lying", Lying, true, false, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			conn := connect(t, c.start(t))
			if got := ownsSecrets(t, conn); got != c.owned {
				t.Errorf("%s has an owner: %v, want %v", secretsName, got, c.owned)
			}
			if got := canStartSecrets(t, conn); got != c.activatable {
				t.Errorf("%s can be started: %v, want %v", secretsName, got, c.activatable)
			}
			if got := loginLocked(conn); got != c.locked {
				t.Errorf("the login collection's Locked is %v, want %v", got, c.locked)
			}
		})
	}
}

// TestMute checks that only the keyring is silent and the bus itself responds.
func TestMute(t *testing.T) {
	conn := connect(t, Mute(t))
	if !ownsSecrets(t, conn) {
		t.Error(secretsName + " has no owner")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := conn.Object(secretsName, servicePath).
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.Secret.Service", "Collections").Err
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("reading a property gave %v, want no answer", err)
	}
}

func TestBusEndsWithItsTest(t *testing.T) {
	var bus Bus
	t.Run("inner", func(t *testing.T) { bus = Unlocked(t) })
	if conn, err := dbus.Connect(bus.address); err == nil {
		_ = conn.Close()
		t.Error("the bus still answers")
	}
	if _, err := os.Stat(bus.root); !os.IsNotExist(err) {
		t.Errorf("the bus's directory is still there: %v", err)
	}
}

func TestEnvStaysInTheRoot(t *testing.T) {
	bus := Absent(t)
	for _, variable := range bus.Env {
		if !strings.Contains(variable, bus.root+"/") {
			t.Errorf("%s is outside %s", variable, bus.root)
		}
	}
	bus.Use(t)
	if got := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); got != bus.address {
		t.Errorf("DBUS_SESSION_BUS_ADDRESS is %q, want %q", got, bus.address)
	}
}

func ownsSecrets(t *testing.T, conn *dbus.Conn) bool {
	t.Helper()
	var owned bool
	if err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, secretsName).Store(&owned); err != nil {
		t.Fatal(err)
	}
	return owned
}

func canStartSecrets(t *testing.T, conn *dbus.Conn) bool {
	t.Helper()
	var names []string
	if err := conn.BusObject().Call("org.freedesktop.DBus.ListActivatableNames", 0).Store(&names); err != nil {
		t.Fatal(err)
	}
	return slices.Contains(names, secretsName)
}

// loginLocked returns nil if there is no login collection.
func loginLocked(conn *dbus.Conn) any {
	locked, err := conn.Object(secretsName, loginCollection).GetProperty("org.freedesktop.Secret.Collection.Locked")
	if err != nil {
		return nil
	}
	return locked.Value()
}

// The thread that started a bus may end before the bus.
func TestABusOutlivesItsThread(t *testing.T) {
	var bus Bus
	thread := onThreadThatEnds(func() { bus = Absent(t) })
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(thread); errors.Is(err, os.ErrNotExist) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the thread does not end")
		}
	}
	if ownsSecrets(t, connect(t, bus)) {
		t.Error("the bus has a keyring")
	}
}

// onThreadThatEnds calls f on a thread that ends, and returns the path of the thread
// in /proc. It is never the first thread, which lives as long as the process.
func onThreadThatEnds(f func()) (thread string) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked, so that the thread ends
		if syscall.Gettid() == os.Getpid() {
			thread = onThreadThatEnds(f)
			return
		}
		thread = fmt.Sprintf("/proc/self/task/%d", syscall.Gettid())
		f()
	}()
	<-done
	return thread
}
