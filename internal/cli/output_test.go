package cli

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/servecmd"
)

// fullDisk takes the first bytes and refuses the others.
type fullDisk struct{ room int }

func (d *fullDisk) Write(data []byte) (int, error) {
	n := min(d.room, len(data))
	d.room -= n
	if n < len(data) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

// TestOutputThatCannotBeWritten: a command whose result or help does not reach standard
// output fails and says so.
func TestOutputThatCannotBeWritten(t *testing.T) {
	c := newClient(t)
	c.signIn(t)
	lines := [][]string{
		{}, {"--version"}, {"--env-help"}, {"version"}, {"help"}, {"help", "stores"}, {"help", "options"}, {"config", "list"}, {"config", "path"}, {"config", "get", "server"},
		{"env"}, {"env", "--bash"}, {"env", "--unset"}, {"env", "--token"}, {"accounts"}, {"status"}, {"status", "--offline"}, {"whoami"}, {"prompt"}, {"doctor"},
		{"completion", "zsh"}, {"shell-init", "bash"}, {"--json", "version"}, {"--json", "whoami"}, {"api", "system", "whoami"},
	}
	for _, cmd := range everyPage(Tree(servecmd.Commands()...)) {
		if cmd.IsAdditionalHelpTopicCommand() {
			lines = append(lines, []string{"help", cmd.Name()})
			continue
		}
		lines = append(lines, append(strings.Fields(cmd.CommandPath())[1:], "--help"))
	}
	for _, line := range lines {
		for _, room := range []int{0, 3} {
			var stderr bytes.Buffer
			code := Run(t.Context(), kit.Env{
				Program: "dxauth", Stdin: nil, Stdout: &fullDisk{room}, Stderr: &stderr, Getenv: os.Getenv, Now: func() time.Time { return c.now },
			}, line, servecmd.Commands()...)
			if code != 1 || !strings.Contains(stderr.String(), "write to standard output: "+syscall.ENOSPC.Error()) {
				t.Errorf("%q, room for %d bytes: exit code %d, stderr %q", line, room, code, &stderr)
			}
		}
	}
}
