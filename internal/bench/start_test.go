package bench

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/pkg/dxtest"
)

// rounds is how often each program runs for one result, and peerRounds if one of them is a
// program of others, which may take a second.
const (
	rounds     = 200
	peerRounds = 20
)

// BenchmarkStart reports for each command the ratio of its median time to that of the
// minimal program, or for TAB of version, in wall time and in processor time.
func BenchmarkStart(b *testing.B) {
	folder := b.TempDir()
	dxauth := build(b, folder, "../../cmd/dxauth")
	server := dxtest.New(b, dxtest.User("alice", "pw-of-alice"), dxtest.Project("Exome 2026", "alice"))
	signedIn := append(server.Env(os.Environ()), "XDG_RUNTIME_DIR="+runtimeDir(b))
	login := exec.CommandContext(b.Context(), dxauth, "login", "--noprojects", "--username", "alice", "--password-stdin")
	login.Env, login.Stdin = signedIn, strings.NewReader("pw-of-alice\n")
	if output, err := login.CombinedOutput(); err != nil {
		b.Fatalf("log in: %v\n%s", err, output)
	}
	list := exec.CommandContext(b.Context(), dxauth, "projects")
	list.Env = signedIn
	if output, err := list.CombinedOutput(); err != nil {
		b.Fatalf("list the projects: %v\n%s", err, output)
	}
	bare := append(os.Environ(), "WHOAMI_SERVER="+server.URL, "WHOAMI_TOKEN="+server.SignIn("alice", "pw-of-alice").Reveal())

	least := program{path: build(b, folder, "./testdata/cobra"), env: os.Environ()}
	version := program{path: dxauth, args: []string{"version"}, env: signedIn}
	b.Run("version", func(b *testing.B) { compare(b, rounds, version, least) })
	b.Run("prompt", func(b *testing.B) {
		compare(b, rounds, program{path: dxauth, args: []string{"prompt"}, env: signedIn}, version)
	})
	b.Run("env", func(b *testing.B) {
		compare(b, rounds, program{path: dxauth, args: []string{"env"}, env: signedIn}, least)
	})
	b.Run("exec", func(b *testing.B) {
		compareAdded(b, program{path: dxauth, args: []string{"exec", "--", least.path}, env: signedIn}, least)
	})
	b.Run("TAB, to version", func(b *testing.B) {
		compare(b, rounds, program{path: dxauth, args: []string{"__complete-line", "bash", ":"}, input: "dxauth select E", env: signedIn, prints: "words\nExome\\ 2026\n"},
			version)
	})
	client := program{path: build(b, folder, "./testdata/whoami"), env: bare, prints: "alice\n"}
	b.Run("whoami", func(b *testing.B) {
		compare(b, rounds, program{path: dxauth, args: []string{"whoami"}, env: signedIn, prints: "alice\n"}, client)
	})
	b.Run("login with a token", func(b *testing.B) {
		token := server.SignIn("alice", "pw-of-alice").Reveal()
		elsewhere := append(slices.Clone(signedIn), "DXAUTH_STATE_DIR="+filepath.Join(b.TempDir(), "state"))
		compare(b, rounds, program{path: dxauth, args: []string{"login", "--token", "-", "--noprojects"}, input: token, env: elsewhere}, client)
	})
	for _, peer := range []string{"dx", "gh", "npm"} {
		b.Run("peer "+peer, func(b *testing.B) {
			path, err := exec.LookPath(peer)
			if err != nil {
				b.Skip(err)
			}
			compare(b, peerRounds, program{path: path, args: []string{"--version"}, env: os.Environ()}, version)
		})
	}
}

// runtimeDir returns a folder like the one in memory that a login session has on Linux.
func runtimeDir(b *testing.B) string {
	b.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "bench-")
	if err != nil {
		return b.TempDir()
	}
	b.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

// build builds a program without cgo, as for a release, and copies it, as an installation
// does: from the pages of memory through which the linker has written a file, a program
// starts a fifth slower.
func build(b *testing.B, folder, source string) string {
	b.Helper()
	path := filepath.Join(folder, filepath.Base(source))
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	command := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, source)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		b.Fatalf("build %s: %v\n%s", source, err, output)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	installed := filepath.Join(b.TempDir(), filepath.Base(path))
	if err := os.WriteFile(installed, content, 0o755); err != nil {
		b.Fatal(err)
	}
	return installed
}

type program struct {
	path   string
	args   []string
	env    []string
	input  string // its standard input
	prints string // what it must print; empty: anything
}

// cost is the time that one run of a program took.
type cost struct{ clock, processor time.Duration }

func (p program) run(b *testing.B) cost {
	b.Helper()
	command := exec.CommandContext(b.Context(), p.path, p.args...)
	command.Env = p.env
	if p.input != "" {
		command.Stdin = strings.NewReader(p.input)
	}
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	start := time.Now()
	err := command.Run()
	clock := time.Since(start)
	if err != nil {
		b.Fatalf("%s: %v\n%s", p.path, err, &stderr)
	}
	if p.prints != "" && stdout.String() != p.prints {
		b.Fatalf("%s printed %q, want %q", p.path, stdout.String(), p.prints)
	}
	state := command.ProcessState
	return cost{clock, state.UserTime() + state.SystemTime()}
}

func compare(b *testing.B, rounds int, ours, least program) {
	for b.Loop() {
		var costs [2][]cost
		for range rounds {
			costs[0] = append(costs[0], ours.run(b))
			costs[1] = append(costs[1], least.run(b))
		}
		clock := func(c cost) time.Duration { return c.clock }
		processor := func(c cost) time.Duration { return c.processor }
		b.ReportMetric(median(costs[0], clock)/median(costs[1], clock), "times-by-clock")
		b.ReportMetric(median(costs[0], processor)/median(costs[1], processor), "times-by-processor")
		b.ReportMetric(median(costs[0], clock)/float64(time.Millisecond), "ms")
	}
}

// compareAdded reports how much longer than a child alone it takes to run it through
// exec, in times of the child, which is the minimal program.
func compareAdded(b *testing.B, through, alone program) {
	for b.Loop() {
		var ours, least []cost
		for range rounds {
			ours = append(ours, through.run(b))
			least = append(least, alone.run(b))
		}
		clock := func(c cost) time.Duration { return c.clock }
		processor := func(c cost) time.Duration { return c.processor }
		b.ReportMetric(median(ours, clock)/median(least, clock)-1, "times-added-by-clock")
		b.ReportMetric(median(ours, processor)/median(least, processor)-1, "times-added-by-processor")
		b.ReportMetric(median(ours, clock)/float64(time.Millisecond), "ms")
	}
}

func median(costs []cost, of func(cost) time.Duration) float64 {
	slices.SortFunc(costs, func(a, b cost) int { return int(of(a) - of(b)) })
	return float64(of(costs[len(costs)/2]))
}
