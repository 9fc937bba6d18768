package peers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testpostgres"
	"github.com/dxauth/dxauth/internal/testprogram"
)

// build builds a program of a module without C, and returns its path.
func build(b *testing.B, module, pkg string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "program")
	command := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, pkg)
	command.Dir = module
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		b.Fatalf("build %s in %s: %v\n%s", pkg, module, err, output)
	}
	return path
}

// process is a program with a folder of its own, which is its home.
type process struct {
	path, folder string
	env          []string
}

func newProcess(b *testing.B, path string, env ...string) process {
	b.Helper()
	folder := b.TempDir()
	return process{path, folder, append([]string{"HOME=" + folder, "PATH=" + os.Getenv("PATH")}, env...)}
}

// file writes a file in the folder, and returns its path.
func (p process) file(b *testing.B, name, content string) string {
	b.Helper()
	path := filepath.Join(p.folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// run runs the program to its end.
func (p process) run(b *testing.B, args ...string) {
	b.Helper()
	command := exec.CommandContext(b.Context(), p.path, args...)
	command.Dir, command.Env = p.folder, p.env
	if output, err := command.CombinedOutput(); err != nil {
		b.Fatalf("%s %s: %v\n%s", p.path, strings.Join(args, " "), err, output)
	}
}

// serve starts the program, which ends with the benchmark or its process, and waits until a
// GET of a URL succeeds.
func (p process) serve(b *testing.B, healthy string, args ...string) {
	b.Helper()
	log, err := os.Create(filepath.Join(p.folder, "log"))
	if err != nil {
		b.Fatal(err)
	}
	command := exec.Command(p.path, args...)
	command.Dir, command.Env, command.Stdout, command.Stderr = p.folder, p.env, log, log
	wait, err := testprogram.Start(command)
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = wait() // it is killed
		close(ended)
	}()
	b.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
		log.Close()
	})
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if response, err := http.Get(healthy); err == nil {
			response.Body.Close()
			if response.StatusCode < http.StatusBadRequest {
				return
			}
		}
		select {
		case <-ended:
			b.Fatalf("%s ended at its start:\n%s", p.path, content(log.Name()))
		default:
		}
	}
	b.Fatalf("%s does not start:\n%s", p.path, content(log.Name()))
}

func content(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// address returns one of the loopback that is free.
func address(b *testing.B) string {
	b.Helper()
	port, err := testpostgres.FreePort()
	if err != nil {
		b.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// send sends JSON, and reads the JSON of the response, which must say that it succeeded. A
// body that is a string is a form.
func send(b *testing.B, method, url, authorization string, body, into any) {
	b.Helper()
	content, isForm := body.(string)
	kind := "application/x-www-form-urlencoded"
	if !isForm {
		encoded, err := json.Marshal(body)
		if err != nil {
			b.Fatal(err)
		}
		content, kind = string(encoded), "application/json"
	}
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(content))
	if err != nil {
		b.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Accept", "application/json")
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= http.StatusBadRequest {
		b.Fatalf("%s %s: %s %s, %v", method, url, response.Status, answer, err)
	}
	if err := json.NewDecoder(bytes.NewReader(answer)).Decode(into); err != nil {
		b.Fatalf("%s %s: %v in %s", method, url, err, answer)
	}
}
