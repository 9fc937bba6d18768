package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// processor names the processor where the system says what it is, how many there are, and
// how busy they were.
func processor() string {
	name := "processor"
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == "model name" {
			name = strings.TrimSpace(value)
			break
		}
	}
	facts := fmt.Sprintf("%d × %s", runtime.NumCPU(), name)
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		facts += ", load " + strings.Fields(string(load))[0] + " before"
	}
	return facts
}

// postgresVersion returns that of the newest PostgreSQL of the system.
func postgresVersion() string {
	programs, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(programs) == 0 {
		return "no PostgreSQL"
	}
	version, err := exec.Command(slices.Max(programs), "--version").Output()
	if err != nil {
		return "no PostgreSQL"
	}
	return strings.TrimSpace(string(version))
}
