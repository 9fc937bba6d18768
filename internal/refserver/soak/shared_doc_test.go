//go:build unix && failover

package soak

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testpostgres"
	"github.com/dxauth/dxauth/internal/testprogram"
)

// The commands of the page work as they are, but for the ports, one after the other.
func TestTheCommandsOfThePage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/shared-server.md")
	must(t, err)
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 8 {
		t.Fatalf("the page has %d blocks of commands", len(blocks))
	}
	script := "set -ex\n"
	for _, block := range blocks {
		script += block[1]
	}
	var ports []string
	for _, port := range []string{"5433", "5434", "8080", "8081", "8082"} {
		ports = append(ports, port, freePort(t))
	}
	script = strings.NewReplacer(ports...).Replace(script)
	folder, err := os.MkdirTemp("/tmp", "shared-doc") // which another user can reach
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	content, err := os.ReadFile(program)
	must(t, err)
	bin := filepath.Join(folder, "dxauth")
	must(t, os.WriteFile(bin, content, 0o755))

	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = folder
	cmd.Env = []string{"HOME=" + folder, "PATH=" + folder + ":" + os.Getenv("PATH"), "LC_ALL=C"}
	must(t, testpostgres.Demote(cmd, folder))
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.WaitDelay = time.Second // what is left in the background holds the output
	t.Cleanup(func() { endAll(t, folder) })
	wait, err := testprogram.Start(cmd)
	must(t, err)
	timer := time.AfterFunc(5*patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if err := wait(); err != nil {
		t.Fatalf("the commands fail: %v\n%s", err, output.String())
	}
	for _, want := range []string{
		"ada is now the administrator", "ok\n", "warning: synchronous_standby_names is empty",
	} {
		if !strings.Contains(output.String(), want) {
			t.Errorf("%q is not in the output:\n%s", want, output.String())
		}
	}
	codes := map[string]bool{}
	for _, log := range []string{"one.log", "two.log"} {
		said, err := os.ReadFile(filepath.Join(folder, "shared", log))
		must(t, err)
		codes[regexp.MustCompile(`(?m)^  [a-z0-9-]+$`).FindString(string(said))] = true
	}
	if len(codes) != 1 || codes[""] {
		t.Errorf("the servers print %d codes", len(codes))
	}
}

// endAll ends every process that works in a folder, if the commands did not.
func endAll(t *testing.T, folder string) {
	t.Helper()
	entries, err := filepath.Glob("/proc/[0-9]*/cwd")
	must(t, err)
	for _, entry := range entries {
		target, err := os.Readlink(entry)
		if err != nil || !strings.HasPrefix(target, folder) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(entry)))
		must(t, err)
		if process, err := os.FindProcess(pid); err == nil {
			_ = process.Kill()
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	port, err := testpostgres.FreePort()
	must(t, err)
	return strconv.Itoa(port)
}
