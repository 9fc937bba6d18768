package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/kit"
)

// checkShell compares the functions that the shell has loaded with those that it would
// load now: programs may have been installed, and settings changed.
func (o doctorOptions) checkShell(context.Context) []finding {
	loaded := o.getenv(kit.ShellInitVariable)
	if loaded == "" {
		return []finding{ok("shell", "no functions of %s shell-init are loaded", o.Program)}
	}
	shell, _, _ := strings.Cut(loaded, ":")
	current, err := o.shellMark(shell)
	switch {
	case err != nil:
		return []finding{warn("shell", "correct the setting, or unset "+kit.ShellInitVariable, "%s", err)}
	case current != loaded:
		return []finding{warn("shell", "open a new shell, or run "+o.loadLine(shell), "the functions of %s shell-init in this shell are out of date", o.Program)}
	default:
		return []finding{ok("shell", "the functions of %s shell-init %s are up to date", o.Program, shell)}
	}
}

// loadLine is the command that loads the functions.
func (o doctorOptions) loadLine(shell string) string {
	if shell == "fish" {
		return o.Program + " shell-init fish | source"
	}
	return fmt.Sprintf(`eval "$(%s shell-init %s)"`, o.Program, shell)
}
