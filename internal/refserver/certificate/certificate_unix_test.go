//go:build unix

package certificate_test

import (
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
)

// A key that other users can read or change is refused at the start, and later leaves
// the old pair in place.
func TestModesOfTheKey(t *testing.T) {
	old, renewed := issued(t, newECKey(t), 1, usual), issued(t, newECKey(t), 2, usual)
	for mode, accepted := range map[fs.FileMode]bool{
		0o600: true, 0o400: true, 0o700: true,
		0o644: false, 0o640: false, 0o604: false, 0o620: false, 0o602: false, 0o660: false, 0o666: false,
	} {
		s := newServer(t, renewed)
		s.ok(os.Chmod(s.key, mode))
		err := s.openErr()
		if accepted != (err == nil) || !accepted && !strings.HasSuffix(err.Error(), ": run chmod 600 "+s.key) {
			t.Errorf("mode %04o at the start: %v", mode, err)
		}
		s = newServer(t, old)
		s.listen()
		s.write(s.chain, renewed.chain)
		s.write(s.key, renewed.key)
		s.ok(os.Chmod(s.key, mode))
		got := s.serves()
		if accepted != (got == renewed.serial) || accepted == strings.Contains(s.log.String(), "run chmod 600 "+s.key) {
			t.Errorf("mode %04o later: it serves %d\n%s", mode, got, s.log)
		}
	}
}

// The mode of the key is looked at even if its content is the same.
func TestKeyThatIsOpenedLater(t *testing.T) {
	s := newServer(t, issued(t, newECKey(t), 1, usual))
	s.listen()
	s.ok(os.Chmod(s.key, 0o644))
	if got := s.serves(); got != 1 || !strings.Contains(s.log.String(), "run chmod 600 "+s.key) {
		t.Errorf("it serves %d\n%s", got, s.log)
	}
}

// Pipes, devices and folders are refused at once, at the start and later.
func TestNotAFile(t *testing.T) {
	good := issued(t, newECKey(t), 1, usual)
	for name, put := range map[string]func(path string) error{
		"pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"device": func(path string) error { return os.Symlink("/dev/zero", path) },
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		for _, file := range []func(*server) string{func(s *server) string { return s.chain }, func(s *server) string { return s.key }} {
			s := newServer(t, good)
			s.listen()
			s.ok(os.Remove(file(s)))
			s.ok(put(file(s)))
			if got := s.serves(); got != 1 || !strings.Contains(s.log.String(), "is not a regular file") {
				t.Errorf("%s as %s later: it serves %d\n%s", name, file(s), got, s.log)
			}
			if err := s.openErr(); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
				t.Errorf("%s as %s: %v", name, file(s), err)
			}
		}
	}
}
