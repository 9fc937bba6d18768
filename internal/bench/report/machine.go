package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// facts returns what the figures of a part depend on.
func (p part) facts() (facts []string, err error) {
	text := func(name string, args ...string) string {
		if err != nil {
			return ""
		}
		var output []byte
		if output, err = exec.Command(name, args...).Output(); err != nil {
			err = fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
		}
		return strings.TrimSpace(string(output))
	}
	facts = []string{
		"dxauth " + text("git", "describe", "--tags", "--always", "--dirty") + ", " + time.Now().UTC().Format("2006-01-02"),
		processor(),
		strings.ReplaceAll(text("go", "env", "GOVERSION", "GOOS", "GOARCH"), "\n", " "),
	}
	for _, of := range p.versions {
		args := append([]string{"-C", of.folder, "list", "-m"}, of.modules...)
		facts = append(facts, strings.ReplaceAll(text("go", args...), "\n", ", "))
	}
	return append(facts, postgresVersion()), err
}

// modules are modules as a module uses them.
type modules struct {
	folder  string // of the module that uses them
	modules []string
}

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
		facts += business(strings.Fields(string(load))[0])
	}
	return facts
}

// business says how busy the machine was before, given how many processes ran on average
// in the last minute.
func business(load string) string {
	if processes, err := strconv.ParseFloat(load, 64); err != nil || processes <= 1 {
		return ", load " + load + " before"
	}
	return ", load " + load + " before: **the machine was busy with other work**, so the figures are worse than those of a quiet one and differ from run to run"
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
