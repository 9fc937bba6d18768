package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dxauth/dxauth/internal/testprogram"
)

// endWithTest makes this process, if it serves, stop once the test has ended that it runs
// for. A test that is killed runs no cleanups, and what a shell in a script started in the
// background is not its child.
func endWithTest() {
	test, err := strconv.Atoi(os.Getenv(testedBy))
	if err != nil || len(os.Args) < 2 || !slices.Contains([]string{"serve", "sandbox"}, os.Args[1]) {
		return
	}
	ended, err := unix.PidfdOpen(test, 0)
	if err != nil { // the test has ended, or the kernel is older than this call
		return
	}
	go func() {
		for {
			_, err := unix.Poll([]unix.PollFd{{Fd: int32(ended), Events: unix.POLLIN}}, -1)
			if err != unix.EINTR {
				break
			}
		}
		_ = unix.Kill(unix.Getpid(), unix.SIGTERM)
	}()
}

// A server that a script started ends with the process of the tests, even if that is killed.
// Its end closes the output, which both have.
func TestAKilledTestLeavesNoServer(t *testing.T) {
	const role = "TEST_THAT_IS_KILLED"
	if os.Getenv(role) != "" {
		script := exec.Command("sh", "-c", "dxauth serve --listen 127.0.0.1:0 --log none 2>&1 & wait")
		script.Env = append(privateEnv(t.TempDir()), "PATH="+os.Getenv("PATH"))
		script.Stdout = os.Stdout
		t.Fatal(script.Run()) // it does not return
	}
	test := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	test.Env = append(os.Environ(), role+"=yes", "TMPDIR="+t.TempDir()) // it removes nothing
	output, input, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	test.Stdout = input
	wait, err := testprogram.Start(test)
	if err := errors.Join(err, input.Close(), output.SetReadDeadline(time.Now().Add(patience))); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(output)
	for line := ""; !strings.HasPrefix(line, "listening on "); {
		if line, err = lines.ReadString('\n'); err != nil {
			t.Fatalf("the server does not listen: %v", err)
		}
	}
	if err := test.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, lines); err != nil {
		t.Error(err)
	}
	_ = wait() // it was killed
}
