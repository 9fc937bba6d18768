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

// guard is a process that outlives a killed sandbox just long enough to end its
// child and to remove its folder. It holds the reading end of a pipe, whose
// writing end the kernel closes with the sandbox, however that ends.
type guard struct {
	process *exec.Cmd
	pipe    io.WriteCloser
}

// startGuard starts this program again as a guard. Its command line holds a
// path and no secret.
func startGuard(dir string) (*guard, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start the sandbox's guard: %w", err)
	}
	cmd := exec.Command(self, "sandbox", "guard", dir)
	apart(cmd)
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

// dismiss ends the guard without work for it. One that is gone has nothing to
// do either, so there is no error.
func (g *guard) dismiss() {
	_, _ = fmt.Fprintln(g.pipe, "done")
	_ = g.pipe.Close()
	_ = g.process.Wait()
}

// newSandboxGuard makes the command that startGuard starts.
func newSandboxGuard() *cobra.Command {
	return &cobra.Command{
		Use:    "guard DIR",
		Short:  "Clean up after a sandbox that was killed",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE:   func(cmd *cobra.Command, args []string) error { return stand(os.Stdin, args[0]) },
	}
}

// lastWords is how long the child of a killed sandbox may take to end.
const lastWords = time.Second

// stand waits for the end of the sandbox. Without a "done" it was killed.
func stand(pipe io.Reader, dir string) error {
	if !strings.HasPrefix(filepath.Base(dir), "dxauth-sandbox-") {
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
		_ = os.RemoveAll(dir) // at once; the child may write again as long as it is there
		endProcess(child, lastWords)
	}
	return os.RemoveAll(dir)
}
