// Package testprogram builds dxauth and starts it for the tests that need the real
// program, those in the module internal/interop, too.
//
// It promises that the program is built from the sources that the test sees; that it is
// linked only once for all packages that test the same sources; that what is started has
// an environment of its own, so that it does not matter who runs the tests; that a
// server ends with its test, of which a failure shows what the server wrote; and, on Linux,
// that what Start starts ends with the process of the test, even if that is killed.
package testprogram

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Run builds the program, stores its path, and runs the tests. It returns the exit code
// of TestMain.
func Run(m *testing.M, program *string) (code int) {
	folder, err := os.MkdirTemp("", "dxauth-program-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	*program = filepath.Join(folder, "dxauth")
	if err := build(*program); err != nil {
		fmt.Fprintln(os.Stderr, "build dxauth:", err)
		return 1
	}
	return m.Run()
}

// build makes the program at a path. "go run" keeps what it links in Go's cache, which
// "go build" does not; it then runs a copy command with the program as its last argument.
func build(path string) error {
	sources, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/dxauth/dxauth").Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	command := exec.Command("go", "run", "-exec", "sh -c 'cp \"$1\" \"$0\"' "+path, "./cmd/dxauth")
	command.Dir = strings.TrimSpace(string(sources))
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	command.Stderr = os.Stderr
	return command.Run()
}

// Env returns the environment of a program whose user has a home directory: that, where
// programs are, and more.
func Env(home string, more ...string) []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}, more...)
}

// Serve runs "dxauth serve" on a free port until the test ends, and returns its URL. A
// flag --listen takes another address.
func Serve(t testing.TB, program string, flags ...string) (url string) {
	t.Helper()
	server := exec.Command(program, append([]string{"serve", "--listen", "127.0.0.1:0"}, flags...)...)
	server.Env = Env(t.TempDir())
	stderr, err := server.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	wait, err := Start(server)
	if err != nil {
		t.Fatal(err)
	}
	listening := make(chan string, 1)
	var reading sync.WaitGroup
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt) // where it has ended, Wait says how
		reading.Wait()
		if err := wait(); err != nil {
			t.Errorf("dxauth serve ended with %v", err)
		}
	})
	reading.Go(func() {
		defer close(listening)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			fmt.Fprintln(t.Output(), lines.Text())
			if url, found := strings.CutPrefix(lines.Text(), "listening on "); found {
				listening <- url
			}
		}
	})
	if url = <-listening; url == "" {
		t.Fatal("dxauth serve does not listen")
	}
	return url
}
