package session

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// maxAncestors bounds the search; shells are never nested that deep.
const maxAncestors = 64

// Ancestors lists the ancestors of this process, the nearest first, without process 1.
func Ancestors() []Process {
	var list []Process
	for pid := os.Getppid(); pid > 1 && len(list) < maxAncestors; {
		parent, started, err := lookUp(pid)
		if err != nil {
			break
		}
		list = append(list, Process{PID: pid, Started: started})
		pid = parent
	}
	return list
}

// lookUp reads the parent and the start time of a process. It skips the name of the
// program, which can contain any character, up to its closing parenthesis.
func lookUp(pid int) (parent int, started string, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, "", err
	}
	_, rest, found := strings.Cut(string(stat[max(strings.LastIndexByte(string(stat), ')'), 0):]), ") ")
	fields := strings.Fields(rest)
	// state is field 3 of proc(5), the parent field 4, the start time field 22.
	const parentField, startField = 1, 19
	if !found || len(fields) <= startField {
		return 0, "", fmt.Errorf("process %d: unknown form of its state", pid)
	}
	parent, err = strconv.Atoi(fields[parentField])
	return parent, fields[startField], err
}

func isRunning(pid int) bool {
	_, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
	return err == nil
}
