package child_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/windows"

	"github.com/dxauth/dxauth/internal/child"
)

// programVariable makes the test binary one of the programs below.
const programVariable = "DXAUTH_TEST_PROGRAM"

var programs = map[string]func() error{
	"arguments": func() error { return json.NewEncoder(os.Stdout).Encode(os.Args[1:]) },
	"exit 7":    func() error { os.Exit(7); return nil },
	"wait":      wait,
	"exec":      func() error { return run("wait", func(c *child.Child) { fmt.Println(c.PID()) }) },
	"leave":     leave,
}

func TestMain(m *testing.M) {
	program, found := programs[os.Getenv(programVariable)]
	if !found {
		os.Exit(m.Run())
	}
	if err := program(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// wait runs until it is killed.
func wait() error {
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// leave starts a program, prints its process ID, and ends before it.
func leave() error {
	cmd := program("wait")
	cmd.Stdin = os.Stdin
	if err := cmd.Start(); err != nil {
		return err
	}
	fmt.Println(cmd.Process.Pid)
	return nil
}

func program(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), programVariable+"="+name)
	return cmd
}

// run runs a program as a child that reads the same standard input.
func run(name string, started func(*child.Child)) error {
	cmd := program(name)
	cmd.Stdin = os.Stdin
	c, err := child.Start(context.Background(), cmd)
	if err != nil {
		return err
	}
	started(c)
	_, err = c.Wait()
	return err
}

func TestExitCode(t *testing.T) {
	c, err := child.Start(t.Context(), program("exit 7"))
	if err != nil {
		t.Fatal(err)
	}
	if code, err := c.Wait(); err != nil || code != 7 {
		t.Errorf("got %d, %v; want 7", code, err)
	}
}

func TestStartErrors(t *testing.T) {
	for name, want := range map[string]int{`C:\nowhere\to\be\found`: 127, "no-such-command-anywhere": 127, t.TempDir(): 127} {
		_, err := child.Start(t.Context(), exec.Command(name))
		var refused *child.StartError
		if !errors.As(err, &refused) || refused.Code != want || refused.Name != name {
			t.Errorf("%s: got %v, want a refusal with code %d", name, err, want)
		}
	}
}

// TestAKilledParentTakesItsChildAlong: taskkill /F ends a process in the same way.
func TestAKilledParentTakesItsChildAlong(t *testing.T) {
	parent, pid := startAndReadPID(t, program("exec"))
	grandchild := openProcess(t, pid)
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if hasEnded(t, grandchild, 20*time.Second) {
		return
	}
	_ = windows.TerminateProcess(grandchild, 1)
	t.Error("the child continues")
}

func TestWhatAChildLeavesContinues(t *testing.T) {
	in, _ := pipe(t)
	cmd := program("leave")
	cmd.Stdin = in
	var stdout strings.Builder
	cmd.Stdout = &stdout
	c, err := child.Start(t.Context(), cmd)
	if err != nil {
		t.Fatal(err)
	}
	if code, err := c.Wait(); err != nil || code != 0 {
		t.Fatalf("got %d, %v", code, err)
	}
	left := openProcess(t, strings.TrimSpace(stdout.String()))
	if hasEnded(t, left, 0) {
		t.Error("the process was killed")
	}
	if err := windows.TerminateProcess(left, 1); err != nil {
		t.Error(err)
	}
}

// startAndReadPID starts a program whose standard input stays open, and reads the
// process ID that it prints.
func startAndReadPID(t *testing.T, cmd *exec.Cmd) (started *exec.Cmd, pid string) {
	t.Helper()
	in, _ := pipe(t)
	cmd.Stdin = in
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, strings.TrimSpace(line)
}

func pipe(t *testing.T) (in, out *os.File) {
	t.Helper()
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(in.Close(), out.Close()) })
	return in, out
}

func openProcess(t *testing.T, pid string) windows.Handle {
	t.Helper()
	id, err := strconv.ParseUint(pid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	process, err := windows.OpenProcess(windows.SYNCHRONIZE|windows.PROCESS_TERMINATE, false, uint32(id))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = windows.CloseHandle(process) })
	return process
}

func hasEnded(t *testing.T, process windows.Handle, within time.Duration) bool {
	t.Helper()
	event, err := windows.WaitForSingleObject(process, uint32(within.Milliseconds()))
	if err != nil {
		t.Fatal(err)
	}
	return event == windows.WAIT_OBJECT_0
}

// batchFile writes a batch file that passes its arguments to a program of ours.
func batchFile(t *testing.T, name string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "my & (tools)", name)
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("@\""+os.Args[0]+"\" %*\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBatchFilesGetTheirArguments(t *testing.T) {
	batch := batchFile(t, "arguments.bat")
	upper := batchFile(t, "ARGUMENTS.CMD")
	marker := filepath.Join(t.TempDir(), "marker")
	for _, args := range [][]string{
		{},
		{"plain", "-x", "/y", "a b", ""},
		{"c&calc", "c&echo x>" + marker, "a|b", "a^b", "^", "a<b", "!PATH!", "(a)", "a=b;c,d", "~!@#$*()_+{}[]'`"},
		{`C:\my data\`, `\\server\share\`, `a\b`},
		{"é€😀"},
	} {
		for _, path := range []string{batch, strings.TrimSuffix(batch, ".bat"), upper} {
			cmd := exec.Command(path, args...)
			cmd.Env = append(os.Environ(), programVariable+"=arguments")
			stdout, err := runToEnd(t, cmd)
			if err != nil {
				t.Errorf("%s %q: %v", path, args, err)
				continue
			}
			var got []string
			if err := json.Unmarshal([]byte(stdout), &got); err != nil || strings.Join(got, "\n") != strings.Join(args, "\n") || len(got) != len(args) {
				t.Errorf("%s: got %s (%v), want %q", path, stdout, err, args)
			}
		}
	}
	if _, err := os.Lstat(marker); err == nil {
		t.Error("an argument ran as a command")
	}
}

func TestBatchFilesGetNoArgumentsThatCmdChanges(t *testing.T) {
	batch := batchFile(t, "arguments.bat")
	for _, arg := range []string{`"`, `"&calc`, "%PATH%", "%", "a\nb", "a\rb"} {
		cmd := exec.Command(batch, "first", arg)
		cmd.Env = append(os.Environ(), programVariable+"=arguments")
		_, err := child.Start(t.Context(), cmd)
		var refused *child.StartError
		if !errors.As(err, &refused) || refused.Code != 126 || !strings.Contains(refused.Reason, "argument 2") {
			t.Errorf("%q: got %v, want an error with code 126 that names argument 2", arg, err)
		}
	}
}

func runToEnd(t *testing.T, cmd *exec.Cmd) (stdout string, err error) {
	t.Helper()
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, os.Stderr
	c, err := child.Start(t.Context(), cmd)
	if err != nil {
		return "", err
	}
	if code, err := c.Wait(); err != nil || code != 0 {
		return "", fmt.Errorf("exit code %d, %w", code, err)
	}
	return output.String(), nil
}
