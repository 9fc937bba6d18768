package bench

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkServe reports for a server with a new SQLite file, without and with the demo,
// the ratio of the time until its first response to that of a minimal server.
func BenchmarkServe(b *testing.B) {
	folder := b.TempDir()
	serve := server{build(b, folder, "../../cmd/dxauth"), []string{"serve", "--listen", "127.0.0.1:0", "--log", "none"}}
	least := server{build(b, folder, "./testdata/listen"), nil}
	for name, args := range map[string][]string{"empty": nil, "demo": {"--fixture", "demo"}} {
		b.Run(name, func(b *testing.B) {
			ours := server{serve.path, append(serve.args, args...)}
			for b.Loop() {
				var clocks, leastClocks []cost
				for range 30 {
					clocks = append(clocks, ours.start(b))
					leastClocks = append(leastClocks, least.start(b))
				}
				clock := func(c cost) time.Duration { return c.clock }
				processor := func(c cost) time.Duration { return c.processor }
				b.ReportMetric(median(clocks, clock)/median(leastClocks, clock), "times-by-clock")
				b.ReportMetric(median(clocks, processor)/median(leastClocks, processor), "times-by-processor")
				b.ReportMetric(median(clocks, clock)/float64(time.Millisecond), "ms")
			}
		})
	}
}

// server is a program that prints on which address it listens.
type server struct {
	path string
	args []string
}

// start starts a server with a new store, and stops it after its first response. The cost
// of the processor is that of all its life.
func (s server) start(b *testing.B) (c cost) {
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
	if err := command.Start(); err != nil {
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
	c.clock = time.Since(begin)
	response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	stop(b, command)
	state := command.ProcessState
	c.processor = state.UserTime() + state.SystemTime()
	return c
}

func listeningURL(lines *bufio.Scanner) (string, error) {
	for lines.Scan() {
		if _, url, found := strings.Cut(lines.Text(), "listening on "); found {
			return url, nil
		}
	}
	return "", fmt.Errorf("the server ended: %w", lines.Err())
}

func stop(b *testing.B, command *exec.Cmd) {
	b.Helper()
	if runtime.GOOS == "windows" {
		_ = command.Process.Kill()
	} else if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	_ = command.Wait() // the minimal server does not handle the signal
}
