package credstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/secret"
)

// privateDir is a directory as Set would make it.
func privateDir(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPlainFileKeepsItems(t *testing.T) {
	exerciseStore(t, newPlainFile(filepath.Join(t.TempDir(), "not", "yet", "made")))
}

func TestPlainFileWithoutItemsIsGone(t *testing.T) {
	p := newPlainFile(privateDir(t))
	if err := p.Set(t.Context(), testKey, secret.New("value")); err != nil {
		t.Fatal(err)
	}
	if err := p.Delete(t.Context(), testKey); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"credentials.json.lock"}, list(t, p.dir)); diff != "" {
		t.Errorf("files left (-want +got):\n%s", diff)
	}
}

func TestPlainFileMakesNothingToRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	p := newPlainFile(dir)
	if got := p.Probe(t.Context()); got.Outcome != Ready {
		t.Errorf("probe: %v, want %s", got, Ready)
	}
	if _, err := p.Get(t.Context(), testKey); !errors.Is(err, ErrNotFound) {
		t.Errorf("get: %v, want ErrNotFound", err)
	}
	if err := p.Delete(t.Context(), testKey); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := os.Lstat(dir); !os.IsNotExist(err) {
		t.Errorf("the directory was made: %v", err)
	}
}

// TestPlainFileRefusesMalformedFiles: what isn't a credential file stays as it is.
func TestPlainFileRefusesMalformedFiles(t *testing.T) {
	cases := map[string]string{
		"empty":          "",
		"not JSON":       "token=canary-7f3a",
		"cut off":        `{"version": 1, "items": {"alice@host": "canary-7f3a`,
		"more after it":  `{"version": 1, "items": {}} canary-7f3a`,
		"later version":  `{"version": 2, "items": {"alice@host": "canary-7f3a"}}`,
		"no version":     `{"items": {"alice@host": "canary-7f3a"}}`,
		"no items":       `{"version": 1}`,
		"unknown field":  `{"version": 1, "items": {}, "canary-7f3a": 1}`,
		"other types":    `{"version": 1, "items": {"alice@host": ["canary-7f3a"]}}`,
		"another's list": `["canary-7f3a"]`,
		"too large":      strings.Repeat(" ", maxFile) + `{"version": 1, "items": {}}`,
	}
	for name, content := range cases {
		t.Run(name, func(t *testing.T) {
			p := newPlainFile(privateDir(t))
			if err := os.WriteFile(p.path(), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			requireRefusal(t, p, p.path())
			if after, err := os.ReadFile(p.path()); err != nil || string(after) != content {
				t.Errorf("the file was changed (error %v)", err)
			}
		})
	}
}

// requireRefusal makes every kind of call, and wants each to be declined for a
// reason that names the path and nothing of the content.
func requireRefusal(t *testing.T, p Store, path string) {
	t.Helper()
	_, getErr := p.Get(t.Context(), testKey)
	calls := map[string]error{
		"probe":  unavailable(p.Probe(t.Context())),
		"get":    getErr,
		"set":    p.Set(t.Context(), testKey, secret.New("value")),
		"delete": p.Delete(t.Context(), testKey),
	}
	for name, err := range calls {
		if outcomeOf(t, err) != Declined || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %s because of %s", name, err, Declined, path)
		}
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the error shows what was read: %v", name, err)
		}
	}
}

func TestPlainFileReplacesWhatAKilledWriterLeft(t *testing.T) {
	p := newPlainFile(privateDir(t))
	if err := os.WriteFile(draftPath(p), []byte(`{"version": 1, "ite`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.Set(t.Context(), testKey, secret.New("value")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"credentials.json", "credentials.json.lock"}, list(t, p.dir)); diff != "" {
		t.Errorf("files left (-want +got):\n%s", diff)
	}
}

// draftPath is a draft as a killed writer leaves it.
func draftPath(p plainFile) string { return filepath.Join(p.dir, ".draft-"+PlainFileName+"-1") }

func TestPlainFileWaitsForItsLock(t *testing.T) {
	p := newPlainFile(privateDir(t))
	p.patience = 20 * time.Millisecond
	other := flock.New(p.path() + ".lock")
	if err := other.Lock(); err != nil {
		t.Fatal(err)
	}
	err := p.Set(t.Context(), testKey, secret.New("value"))
	if got := outcomeOf(t, err); got != Unresponsive {
		t.Errorf("set under another's lock: %v, want %s", err, Unresponsive)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Set(cancelled, testKey, secret.New("value")); !errors.Is(err, context.Canceled) {
		t.Errorf("set of a caller who gave up: %v, want the context's error", err)
	}
	if err := other.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := p.Set(t.Context(), testKey, secret.New("value")); err != nil {
		t.Errorf("set after the lock was free: %v", err)
	}
}

const (
	writerDirVariable  = "CREDSTORE_TEST_WRITER_DIR"
	writerNameVariable = "CREDSTORE_TEST_WRITER_NAME"
	writesOfEach       = 10

	// promptExit keeps the race detector from making each process of a test
	// wait for a second at its end.
	promptExit = "GORACE=atexit_sleep_ms=0"
)

// TestPlainFileTakesManyWriters has goroutines and processes write to one file
// at once: nobody's item is lost.
func TestPlainFileTakesManyWriters(t *testing.T) {
	dir := privateDir(t)
	var writers sync.WaitGroup
	for i := range 2 {
		writers.Go(func() { write(t, dir, fmt.Sprintf("goroutine%d", i)) })
		writers.Go(func() { writeInProcess(t, dir, fmt.Sprintf("process%d", i)) })
	}
	writers.Wait()

	items, err := newPlainFile(dir).load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := 4 * writesOfEach; len(items) != want {
		t.Errorf("the file has %d items, want %d", len(items), want)
	}
}

// TestPlainFileWriter is the other process of the test before.
func TestPlainFileWriter(t *testing.T) {
	if dir := os.Getenv(writerDirVariable); dir != "" {
		write(t, dir, os.Getenv(writerNameVariable))
	}
}

func write(t *testing.T, dir, name string) {
	p := newPlainFile(dir)
	for i := range writesOfEach {
		key := Key{Host: "host", User: fmt.Sprintf("%s-%d", name, i)}
		if err := p.Set(t.Context(), key, secret.New(name)); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func writeInProcess(t *testing.T, dir, name string) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestPlainFileWriter$")
	cmd.Env = append(os.Environ(), promptExit, writerDirVariable+"="+dir, writerNameVariable+"="+name)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the process %s: %v\n%s", name, err, out)
	}
}

// FuzzDecodeItems: whatever is read, it is refused or survives a round trip.
func FuzzDecodeItems(f *testing.F) {
	testfuzz.Add(f, []byte(`{"version": 1, "items": {"alice@host": "value"}}`))
	testfuzz.Add(f, []byte(`{"version": 1, "items": {}}`))
	testfuzz.Add(f, []byte(`{"version": 1}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		items, err := decodeItems(content)
		if err != nil {
			return
		}
		encoded, err := encodeItems(items)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeItems(encoded)
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		if !cmp.Equal(items, again, cmp.Comparer(secret.Text.Equal)) {
			t.Error("the items changed on the way")
		}
	})
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	return found
}
