package servecmd

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// guard is a process that outlives a killed sandbox to end its child and remove
// its folder. It reads a pipe whose other end the kernel closes when the sandbox
// ends, for whatever reason.
type guard struct {
	process *exec.Cmd
	pipe    io.WriteCloser
}

// startGuard starts this program again as a guard. The command line contains a
// path and no secret.
func startGuard(dir string) (*guard, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start the sandbox's guard: %w", err)
	}
	cmd := exec.Command(self, "sandbox", "guard", dir)
	detach(cmd)
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the sandbox's guard: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the sandbox's guard: %w", err)
	}
	return &guard{process: cmd, pipe: pipe}, nil
}

// watch tells the guard which child to end.
func (g *guard) watch(pid int) { _, _ = fmt.Fprintf(g.pipe, "child %d\n", pid) }

// dismiss ends the guard with nothing to do. Errors are ignored: a guard that
// has already ended has nothing to do either.
func (g *guard) dismiss() {
	_, _ = fmt.Fprintln(g.pipe, "done")
	_ = g.pipe.Close()
	_ = g.process.Wait()
}

// newSandboxGuard returns the hidden command that startGuard runs.
func newSandboxGuard() *cobra.Command {
	return &cobra.Command{
		Use:    "guard DIR",
		Short:  "Clean up after a sandbox that was killed",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE:   func(cmd *cobra.Command, args []string) error { return runGuard(os.Stdin, args[0]) },
	}
}

// childGrace is how long the child of a killed sandbox may take to end.
const childGrace = time.Second

// runGuard waits for the end of the sandbox. If the pipe ends without "done",
// the sandbox was killed.
func runGuard(pipe io.Reader, dir string) error {
	if !strings.HasPrefix(filepath.Base(dir), folderPrefix) {
		return fmt.Errorf("%s is not the folder of a sandbox", dir)
	}
	child := 0
	lines := bufio.NewScanner(pipe)
	for lines.Scan() {
		if lines.Text() == "done" {
			return nil
		}
		if pid, err := strconv.Atoi(strings.TrimPrefix(lines.Text(), "child ")); err == nil {
			child = pid
		}
	}
	if child > 0 {
		hangUp(child)
		_ = os.RemoveAll(dir) // now, and again below: the child may write until it has ended
		endProcess(child, childGrace)
	}
	return os.RemoveAll(dir)
}
