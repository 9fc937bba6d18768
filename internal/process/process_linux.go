package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// LookUp returns the parent of a process, and its start time in a form that tells it
// from a later process with the same number. A process that is not there is
// fs.ErrNotExist.
func LookUp(pid int) (parent int, started string, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, "", err
	}
	// The name of the program can contain any character, up to its closing parenthesis.
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

// IsRunning reports whether there is a process with this number.
func IsRunning(pid int) bool {
	_, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
	return err == nil
}

// boot returns an ID that is new after each start of the machine, or "".
func boot() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id))
}

// space returns the set of processes whose numbers this process can look up: it is
// not that of other containers on the machine.
func space() string {
	name, _ := os.Readlink("/proc/self/ns/pid")
	return name
}

// booted returns when the machine started, or the zero time if that is not known.
func booted(now time.Time) time.Time {
	uptime, err := os.ReadFile("/proc/uptime")
	first, _, _ := strings.Cut(string(uptime), " ")
	seconds, parseErr := strconv.ParseFloat(first, 64)
	if err != nil || parseErr != nil {
		return time.Time{}
	}
	return now.Add(-time.Duration(seconds * float64(time.Second)))
}
