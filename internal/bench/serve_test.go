package bench

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testprogram"
)

// BenchmarkServe reports for a server with a new SQLite file, without and with the demo,
// the ratio of the time until its first response to that of a minimal server, and on Linux
// the memory that it has when nobody used it for a while.
func BenchmarkServe(b *testing.B) {
	folder := b.TempDir()
	serve := server{build(b, folder, "../../cmd/dxauth"), []string{"serve", "--listen", "127.0.0.1:0", "--log", "none"}}
	least := server{build(b, folder, "./testdata/listen"), nil}
	demo := server{serve.path, append(serve.args, "--fixture", "demo")}
	begin := time.Now()
	for name, ours := range map[string]struct {
		server
		unused running
	}{"empty": {serve, serve.start(b)}, "demo": {demo, demo.start(b)}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var clocks, leastClocks []cost
				for range 30 {
					clocks, leastClocks = append(clocks, ours.start(b).stop(b)), append(leastClocks, least.start(b).stop(b))
				}
				clock := func(c cost) time.Duration { return c.clock }
				processor := func(c cost) time.Duration { return c.processor }
				b.ReportMetric(median(clocks, clock)/median(leastClocks, clock), "times-by-clock")
				b.ReportMetric(median(clocks, processor)/median(leastClocks, processor), "times-by-processor")
				b.ReportMetric(median(clocks, clock)/float64(time.Millisecond), "ms")
				time.Sleep(idle - time.Since(begin))
				for unit, line := range map[string]string{"MiB": "VmRSS:", "MiB-own": "RssAnon:"} {
					if memory := memoryOf(ours.unused.Process.Pid, line); memory > 0 {
						b.ReportMetric(float64(memory)/(1<<20), unit)
					}
				}
			}
		})
		ours.unused.stop(b)
	}
}

// server is a program that prints on which address it listens.
type server struct {
	path string
	args []string
}

// idle is how long a server is without requests before its memory is measured. Each minute
// it gives back what it does not use.
const idle = 65 * time.Second

// running is a server that has sent its first response.
type running struct {
	*exec.Cmd
	wait  func() error
	clock time.Duration // from the start to the first response
}

// start starts a server with a new store.
func (s server) start(b *testing.B) running {
	b.Helper()
	store := filepath.Join(b.TempDir(), "platform.db")
	args := s.args
	if len(args) > 0 {
		args = append(args[:len(args):len(args)], "--store", "sqlite:"+store)
	}
	command := exec.CommandContext(b.Context(), s.path, args...)
	command.Env = append(os.Environ(), "LISTEN_STORE="+store)
	stderr, err := command.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	wait, err := testprogram.Start(command)
	if err != nil {
		b.Fatal(err)
	}
	url, err := listeningURL(bufio.NewScanner(stderr))
	if err != nil {
		b.Fatal(err)
	}
	response, err := http.Get(url + "/healthz")
	if err != nil {
		b.Fatal(err)
	}
	r := running{command, wait, time.Since(begin)}
	response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	return r
}

// stop stops a server. It returns the cost of the start, in which the processor's is that of
// all its life.
func (r running) stop(b *testing.B) cost {
	b.Helper()
	if runtime.GOOS == "windows" {
		_ = r.Process.Kill()
	} else if err := r.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	_ = r.wait() // the minimal server does not handle the signal
	return cost{r.clock, r.ProcessState.UserTime() + r.ProcessState.SystemTime()}
}

// memoryOf returns the bytes of memory that a line of the status of a process says, or 0 if
// the system does not say.
func memoryOf(pid int, of string) int {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		if text, found := strings.CutPrefix(line, of); found {
			kib, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "kB")))
			return kib << 10
		}
	}
	return 0
}

// BenchmarkSize reports the size of the program as it is built for a release.
func BenchmarkSize(b *testing.B) {
	dxauth := build(b, b.TempDir(), "../../cmd/dxauth")
	info, err := os.Stat(dxauth)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.ReportMetric(float64(info.Size())/1e6, "MB")
	}
}

func listeningURL(lines *bufio.Scanner) (string, error) {
	for lines.Scan() {
		if _, url, found := strings.Cut(lines.Text(), "listening on "); found {
			return url, nil
		}
	}
	return "", fmt.Errorf("the server ended: %w", lines.Err())
}
