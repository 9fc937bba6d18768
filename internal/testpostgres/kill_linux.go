package testpostgres

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// stopAndKill kills a process with all its children.
func stopAndKill(parent int) error {
	if err := syscall.Kill(parent, syscall.SIGSTOP); err != nil {
		return err
	}
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", parent, parent))
	if err != nil {
		return err
	}
	for _, field := range strings.Fields(string(content)) {
		if child, err := strconv.Atoi(field); err == nil {
			_ = syscall.Kill(child, syscall.SIGKILL) // it may have ended meanwhile
		}
	}
	return syscall.Kill(parent, syscall.SIGKILL)
}
