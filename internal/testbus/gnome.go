//go:build linux

package testbus

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	secretsName     = "org.freedesktop.secrets"
	loginCollection = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")

	// password unlocks the login keyring of every bus here.
	password = "a keyring for tests"
)

// Unlocked starts a bus with a gnome-keyring whose login keyring is open.
func Unlocked(t testing.TB) Bus {
	t.Helper()
	bus := start(t, newRoot(t))
	unlockGnomeKeyring(t, bus)
	return bus
}

// Locked starts a bus with a gnome-keyring whose login keyring exists and is
// locked. No prompt can be shown, so the prompt for its password is dismissed.
func Locked(t testing.TB) Bus {
	t.Helper()
	root := newRoot(t)
	makeLoginKeyring(t, root)
	bus := start(t, root)
	startGnomeKeyring(t, bus, "")
	awaitOwner(t, bus)
	return bus
}

// Activatable starts a bus that can start a gnome-keyring but has not done so. Its
// login keyring exists and is locked.
func Activatable(t testing.TB) Bus {
	t.Helper()
	root := newRoot(t)
	makeLoginKeyring(t, root)
	service := "[D-BUS Service]\nName=" + secretsName +
		"\nExec=" + find(t, "gnome-keyring-daemon") + " --start --foreground --components=secrets\n"
	if err := os.WriteFile(filepath.Join(root, "services", secretsName+".service"), []byte(service), 0o600); err != nil {
		t.Fatalf("writing the service file: %v", err)
	}
	return start(t, root)
}

// Fresh starts a bus with a gnome-keyring that was never used: it has no login
// keyring and no default one.
func Fresh(t testing.TB) Bus {
	t.Helper()
	bus := start(t, newRoot(t))
	startGnomeKeyring(t, bus, "")
	awaitOwner(t, bus)
	return bus
}

// Lookup reads an item with secret-tool, as any program of the user can. The pairs
// are attributes and their values; found is false if there is no item.
func (b Bus) Lookup(t testing.TB, pairs ...string) (value string, found bool) {
	t.Helper()
	cmd := exec.Command(find(t, "secret-tool"), append([]string{"lookup"}, pairs...)...)
	cmd.Env = b.Env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && stderr.Len() > 0 {
		t.Fatalf("secret-tool: %v: %s", err, stderr.String())
	}
	return string(out), err == nil
}

// makeLoginKeyring runs a gnome-keyring to make the files of a login keyring.
func makeLoginKeyring(t testing.TB, root string) {
	t.Helper()
	bus := start(t, root)
	end(t, bus, unlockGnomeKeyring(t, bus))
	if err := os.Remove(filepath.Join(root, "socket")); err != nil {
		t.Fatalf("removing the socket of the bus: %v", err)
	}
}

// end kills a gnome-keyring and removes its sockets, so that another can start.
func end(t testing.TB, bus Bus, daemon *exec.Cmd) {
	t.Helper()
	if err := daemon.Process.Kill(); err != nil {
		t.Fatalf("ending gnome-keyring-daemon: %v", err)
	}
	_ = daemon.Wait()
	if err := os.RemoveAll(filepath.Join(bus.root, "run", "keyring")); err != nil {
		t.Fatalf("removing the sockets of gnome-keyring-daemon: %v", err)
	}
}

// unlockTries is how many daemons get the password. On a busy machine about one in a
// hundred misses it and never opens its keyring.
const unlockTries = 3

// unlockTime is how long each has to open it.
const unlockTime = 10 * time.Second

// unlockGnomeKeyring starts a gnome-keyring that makes or opens its login
// keyring with the password.
func unlockGnomeKeyring(t testing.TB, bus Bus) *exec.Cmd {
	t.Helper()
	for range unlockTries {
		daemon := startGnomeKeyring(t, bus, password, "--unlock")
		awaitOwner(t, bus)
		if opens(t, bus) {
			return daemon
		}
		end(t, bus, daemon)
	}
	t.Fatalf("%d times, gnome-keyring-daemon did not open the login keyring within %v", unlockTries, unlockTime)
	return nil
}

func startGnomeKeyring(t testing.TB, bus Bus, stdin string, options ...string) *exec.Cmd {
	t.Helper()
	daemon := exec.Command(find(t, "gnome-keyring-daemon"), append(options, "--foreground", "--components=secrets")...)
	daemon.Env = bus.Env
	daemon.Stdin = strings.NewReader(stdin)
	run(t, daemon)
	return daemon
}

// awaitOwner waits until the Secret Service has an owner on the bus.
func awaitOwner(t testing.TB, bus Bus) {
	t.Helper()
	conn := connect(t, bus)
	up := comesTrue(patience, func() bool {
		var owned bool
		err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, secretsName).Store(&owned)
		return err == nil && owned
	})
	if !up {
		t.Fatalf("gnome-keyring-daemon did not come up within %v", patience)
	}
}

// opens reports whether the login keyring opens in time.
func opens(t testing.TB, bus Bus) bool {
	t.Helper()
	login := connect(t, bus).Object(secretsName, loginCollection)
	return comesTrue(unlockTime, func() bool {
		locked, err := login.GetProperty("org.freedesktop.Secret.Collection.Locked")
		return err == nil && locked.Value() == false
	})
}

// comesTrue polls ready until it returns true or the time has passed: a daemon does
// not announce that it is ready.
func comesTrue(within time.Duration, ready func() bool) bool {
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if ready() {
			return true
		}
	}
	return false
}
