package soak

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/audit"
)

// withDisk returns a command that runs in its own mount namespace, where script mounts
// a small disk at the folder $0. The mount ends with the process. Without root, it
// needs a user namespace, too.
func withDisk(dir, script string, command *exec.Cmd) *exec.Cmd {
	wrapped := exec.Command("sh", append([]string{"-c", script + ` && exec "$@"`, dir}, command.Args...)...)
	wrapped.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		wrapped.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		wrapped.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		wrapped.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	return wrapped
}

// mountSmall mounts a disk with 2 MB left. Without the filler there is room for all that
// follows, the times of last use included, which a slow machine writes again.
const mountSmall = `mount -t tmpfs -o size=12m,mode=700 tmpfs "$0" && head -c 10M /dev/zero >"$0/filler"`

// S-56: on a full disk a change is refused as a whole and reads work. Writes work again
// once there is space.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "platform.db")
	s := startServer(t, withDisk(dir, mountSmall, serveCommand(t, file, "--fixture", worldFile(t, 1))))
	crew := newWorkers(0)
	crew.moveTo(s, 0)
	// The folder in the mount namespace of the server.
	seen := filepath.Join("/proc", fmt.Sprint(s.process.Pid), "root", dir)
	verify := func() {
		t.Helper()
		crew.verifyAll(t)
		db := openDatabase(t, copyOut(t, filepath.Join(seen, "platform.db")))
		verifyDatabase(t, db)
		verifyAudit(t, db, crew)
	}

	verifyUnavailable(t, fill(t, crew[0].newProject))
	for _, w := range crew {
		verifyUnavailable(t, fill(t, w.newToken)) // a token is smaller, so one may still fit
	}
	verify()
	full := crew.changes()

	remove(t, filepath.Join(seen, "filler"))
	must(t, crew.makeChanges(t.Context(), 8))
	verify()
	acked, _ := crew.tally()
	t.Logf("full after %d changes; %d projects and %d changes in all", full, acked[audit.ProjectNew], crew.changes())
}

// copyOut copies a database that is not being written out of another mount namespace,
// because SQLite cannot open it there.
func copyOut(t testing.TB, file string) string {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copied.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(file + suffix)
		must(t, err)
		must(t, os.WriteFile(copied+suffix, content, 0o600))
	}
	return copied
}

// A server that starts on a full disk reports it and leaves no partial store.
func TestStartOnAFullDisk(t *testing.T) {
	t.Parallel()
	const mountFull = `mount -t tmpfs -o size=64k,mode=700 tmpfs "$0" && head -c 60K /dev/zero >"$0/filler"`
	dir := t.TempDir()
	code, said := runProgram(t, withDisk(dir, mountFull, serveCommand(t, filepath.Join(dir, "platform.db"))))
	if code != 1 || !strings.Contains(said, "full") {
		t.Errorf("exit code %d and output %q", code, said)
	}
}

// A server that starts in a read-only folder reports it.
func TestStartOnAReadOnlyDisk(t *testing.T) {
	t.Parallel()
	const readOnly = ` && mount -o remount,ro,bind "$0"`
	mounted := `mount -t tmpfs -o size=4m,mode=700 tmpfs "$0"`
	store := newStore(t, 1)
	for name, script := range map[string]string{
		"a new store":  mounted + readOnly,
		"an old store": mounted + ` && cp "` + store + `" "` + store + `.key" "$0"` + readOnly,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			code, said := runProgram(t, withDisk(dir, script, serveCommand(t, filepath.Join(dir, "platform.db"))))
			if code != 1 || !containsAll(said, dir, "read-only") {
				t.Errorf("exit code %d and output %q", code, said)
			}
		})
	}
}
