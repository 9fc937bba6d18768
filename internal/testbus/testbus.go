//go:build linux

// Package testbus starts a D-Bus session for a test, with the keyring that the test
// needs: the real gnome-keyring, unlocked, locked, or started by the bus on demand;
// no keyring; or a fake one that misbehaves.
//
// It promises not to touch the session of the developer: bus, home, keyring files and
// run-time directory are temporary, and every process that it starts ends with the
// test. If a program is missing, the test fails with the name of its Debian package.
//
// Programs use a [Bus] through the environment [Bus.Env], code in the process of the
// test after [Bus.Use].
package testbus

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/dxauth/dxauth/internal/testprogram"
)

// patience is how long to wait for a started program.
const patience = time.Minute

// Bus is a running session bus.
type Bus struct {
	// Env makes a program use this bus and its keyring instead of those of the
	// developer: DBUS_SESSION_BUS_ADDRESS, HOME and the XDG directories,
	// each as NAME=VALUE.
	Env []string

	root    string
	address string
}

// Use makes the process of the test use the bus until the test ends.
func (b Bus) Use(t testing.TB) {
	t.Helper()
	for _, variable := range b.Env {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
}

// Absent starts a bus without a keyring, which cannot start one either.
func Absent(t testing.TB) Bus {
	t.Helper()
	return start(t, newRoot(t))
}

// Foreign starts a bus of another user, as programs find it after su and sudo -E. Only
// root can start one: for other users, a path of root stands for it, at which there is no
// bus.
func Foreign(t testing.TB) Bus {
	t.Helper()
	root := newRoot(t)
	if os.Geteuid() == 0 {
		return startAs(t, root, "unix:path="+filepath.Join(root, "socket"), nobody)
	}
	const ofRoot = "unix:path=/"
	return Bus{Env: append(environment(root), "DBUS_SESSION_BUS_ADDRESS="+ofRoot), root: root, address: ofRoot}
}

// nobody is the user without rights, of every Linux.
const nobody = 65534

// newRoot makes the directory for all files of a bus. It does not use t.TempDir(),
// because the path of a socket may have at most 107 bytes.
func newRoot(t testing.TB) string {
	t.Helper()
	root, err := os.MkdirTemp("/tmp", "testbus")
	if err != nil {
		t.Fatalf("making a directory for the bus: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	for _, dir := range []string{"home", "config", "cache", "data", "run", "services"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatalf("making a directory for the bus: %v", err)
		}
	}
	return root
}

// environment makes a program use only files inside the root.
func environment(root string) []string {
	return []string{
		"HOME=" + filepath.Join(root, "home"),
		"XDG_CONFIG_HOME=" + filepath.Join(root, "config"),
		"XDG_CACHE_HOME=" + filepath.Join(root, "cache"),
		"XDG_DATA_HOME=" + filepath.Join(root, "data"),
		"XDG_RUNTIME_DIR=" + filepath.Join(root, "run"),
	}
}

// configuration is that of a bus for one user, which reads only its own service
// files.
const configuration = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>%[2]s</listen>
  <auth>EXTERNAL</auth>
  <servicedir>%[1]s/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// start runs a bus daemon with the service files in the root.
func start(t testing.TB, root string) Bus {
	t.Helper()
	return startAs(t, root, "unix:path="+filepath.Join(root, "socket"), os.Geteuid())
}

// startAs runs the daemon as a user, who gets the root.
func startAs(t testing.TB, root, listen string, user int) Bus {
	t.Helper()
	program := find(t, "dbus-daemon")
	config := filepath.Join(root, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, configuration, root, listen), 0o600); err != nil {
		t.Fatalf("writing the configuration of the bus: %v", err)
	}
	daemon := exec.Command(program, "--nofork", "--nopidfile", "--print-address=1", "--config-file="+config)
	if user != os.Geteuid() {
		if err := errors.Join(os.Chown(root, user, user), os.Chown(config, user, user)); err != nil {
			t.Fatalf("giving away the files of the bus: %v", err)
		}
		daemon.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(user), Gid: uint32(user)}}
	}
	// There is no display, so that nothing that the bus starts can open a window.
	daemon.Env = append(environment(root), "PATH="+os.Getenv("PATH"))
	stdout, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatalf("starting dbus-daemon: %v", err)
	}
	log := run(t, daemon)
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
		t.Fatalf("dbus-daemon printed no address: %v\n%s", err, log)
	}
	address = strings.TrimSpace(address)
	return Bus{
		Env:     append(environment(root), "DBUS_SESSION_BUS_ADDRESS="+address),
		root:    root,
		address: address,
	}
}

// run starts a program that ends with the test at the latest. It returns its standard
// error, which is complete once the program has ended.
func run(t testing.TB, cmd *exec.Cmd) *bytes.Buffer {
	t.Helper()
	var log bytes.Buffer
	cmd.Stderr = &log
	wait, err := testprogram.Start(cmd)
	if err != nil {
		t.Fatalf("starting %s: %v", cmd.Path, err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = wait()
	})
	return &log
}

// connect opens a connection that is closed when the test ends.
func connect(t testing.TB, bus Bus) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(bus.address)
	if err != nil {
		t.Fatalf("connecting to the bus: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// find returns the path of a program. If it is missing, the test fails with the name
// of its package.
func find(t testing.TB, program string) string {
	t.Helper()
	packages := map[string]string{
		"dbus-daemon":          "dbus-daemon (or dbus)",
		"gnome-keyring-daemon": "gnome-keyring",
		"secret-tool":          "libsecret-tools",
	}
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is missing: install the Debian package %s", program, packages[program])
	}
	return path
}
