package testpostgres

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stopAndKill kills a process with all its children, and waits until the children have
// ended: what is left of one keeps the memory that they share.
func stopAndKill(parent int) error {
	if err := syscall.Kill(parent, syscall.SIGSTOP); err != nil {
		return err
	}
	if err := awaitState(parent, "T"); err != nil { // it may be making a child
		return err
	}
	children, err := childrenOf(parent)
	if err != nil {
		return err
	}
	for _, child := range children {
		_ = syscall.Kill(child, syscall.SIGKILL) // it may have ended meanwhile
	}
	if err := syscall.Kill(parent, syscall.SIGKILL); err != nil {
		return err
	}
	for _, child := range children {
		if err := awaitState(child, ended); err != nil {
			return err
		}
	}
	return nil
}

func childrenOf(parent int) (children []int, err error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", parent, parent))
	if err != nil {
		return nil, err
	}
	for _, field := range strings.Fields(string(content)) {
		child, err := strconv.Atoi(field)
		if err != nil {
			return nil, err
		}
		children = append(children, child)
	}
	return children, nil
}

// ended are the states of a process that has given its memory back; one that nobody waited
// for stays a zombie.
const ended = "ZX"

// awaitState polls until a process is in one of some states, or gone; see proc_pid_stat(5).
func awaitState(process int, states string) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			return nil
		}
		if err != nil {
			return err
		}
		name := bytes.LastIndexByte(content, ')') // the state follows the name
		if state := content[name+2]; strings.IndexByte(states, state) >= 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("process %d is not in state %s within %v", process, states, patience)
		}
	}
}
