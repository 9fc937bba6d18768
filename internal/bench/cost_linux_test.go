package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testpostgres"
	"github.com/dxauth/dxauth/internal/testprogram"
)

// BenchmarkCost reports what requests cost a server and its PostgreSQL, in microseconds of
// processor time, and how large the rows are that they leave: the figures of
// docs/scaling.md. A few other processes hardly change it, many do: they take the caches.
func BenchmarkCost(b *testing.B) {
	folder := b.TempDir()
	database := testpostgres.Start(b)
	store := database.NewDatabase(b)
	url, pid := serveOn(b, build(b, folder, "../../cmd/dxauth"), folder, store)
	postmaster := postmasterOf(b, database)
	for b.Loop() {
		for _, request := range []struct {
			name, route, body string
			count             int
		}{
			{"whoami", "/system/whoami", `{}`, 10_000},
			{"change", "/system/newAuthToken", `{"label": "cost"}`, 900},
			{"sign-in", "/system/newAuthToken", `{"username": "alice", "password": "wonderland-2026"}`, 100},
		} {
			call(b, url+request.route, request.body) // the first one prepares statements
			server, engine := processor(b, pid), processorOfAll(b, postmaster)
			for range request.count {
				call(b, url+request.route, request.body)
			}
			each := func(spent time.Duration) float64 { return float64(spent.Microseconds()) / float64(request.count) }
			b.ReportMetric(each(processor(b, pid)-server), request.name+"-server-µs")
			b.ReportMetric(each(processorOfAll(b, postmaster)-engine), request.name+"-database-µs")
		}
		for _, table := range []string{"audit", "tokens"} {
			size := testpostgres.Value(b, store, fmt.Sprintf("SELECT (pg_total_relation_size('%s') / count(*))::text FROM %[1]s", table))
			bytes, err := strconv.ParseFloat(size, 64)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(bytes, table+"-bytes")
		}
	}
}

// serveOn starts a server on a store, with alice and a token of hers.
func serveOn(b *testing.B, program, folder, store string) (url string, pid int) {
	b.Helper()
	private := filepath.Join(folder, "private")
	urlFile, fixture := filepath.Join(folder, "url"), filepath.Join(folder, "fixture.yaml")
	content := "users: [{username: alice, password: wonderland-2026}]\ntokens: [{user: alice, value: " + costToken + ", label: cost}]\n"
	if err := os.Mkdir(private, 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(fixture, []byte(content), 0o600); err != nil {
		b.Fatal(err)
	}
	command := exec.CommandContext(b.Context(), program, "serve", "--listen", "127.0.0.1:0", "--log", "none", "--url-file", urlFile,
		"--fixture", fixture, "--store", store, "--key-file", filepath.Join(private, "key"))
	command.Stderr = os.Stderr
	wait, err := testprogram.Start(command)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = command.Process.Kill()
		_ = wait() // the error is that it was killed
	})
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if text, err := os.ReadFile(urlFile); err == nil && strings.HasSuffix(string(text), "\n") {
			return strings.TrimSpace(string(text)), command.Process.Pid
		}
	}
	b.Fatal("the server does not listen")
	return "", 0
}

// costToken is the token of alice.
const costToken = "0123456789abcdefghijABCDEFGHIJ01"

func call(b *testing.B, url, body string) {
	b.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if !strings.Contains(body, "password") {
		request.Header.Set("Authorization", "Bearer "+costToken)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		b.Fatalf("%s: %d %s, %v", url, response.StatusCode, answer, err)
	}
}

// postmasterOf returns the process whose children serve the connections of a database.
func postmasterOf(b *testing.B, database *testpostgres.Server) int {
	b.Helper()
	text, err := os.ReadFile(filepath.Join(database.Folder(), "data", "postmaster.pid"))
	if err != nil {
		b.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		b.Fatal(err)
	}
	return pid
}

// processorOfAll returns the processor time of a process and of its children, dead or alive.
func processorOfAll(b *testing.B, parent int) time.Duration {
	b.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	var sum time.Duration
	for _, path := range all {
		fields := statOf(path)
		if len(fields) > 16 && fields[3] == strconv.Itoa(parent) {
			sum += ticks(fields[13]) + ticks(fields[14])
		}
	}
	own := statOf(fmt.Sprintf("/proc/%d/stat", parent))
	return sum + ticks(own[13]) + ticks(own[14]) + ticks(own[15]) + ticks(own[16])
}

// processor returns the processor time of a process.
func processor(b *testing.B, pid int) time.Duration {
	b.Helper()
	fields := statOf(fmt.Sprintf("/proc/%d/stat", pid))
	if len(fields) < 17 {
		b.Fatal("the process has ended")
	}
	return ticks(fields[13]) + ticks(fields[14])
}

// statOf returns the fields of a stat file of a process (proc_pid_stat(5)), from 0, none if
// the process has ended. The name in parentheses, which may have blanks in it, is one.
func statOf(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	head, tail, _ := strings.Cut(string(text), "(")
	end := strings.LastIndex(tail, ")")
	if end < 0 {
		return nil
	}
	return append([]string{strings.TrimSpace(head), tail[:end]}, strings.Fields(tail[end+1:])...)
}

// ticks reads a time in hundredths of a second, which Linux has on every processor of ours.
func ticks(field string) time.Duration {
	n, err := strconv.ParseInt(field, 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(n) * 10 * time.Millisecond
}
