package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

func writeKeyFile(t *testing.T, content string, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dxauth.key")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadReadsBothForms(t *testing.T) {
	raw := "0123456789abcdef\n\x00\xff\x80 9abcdef \t \n"
	encoded := base64.StdEncoding.EncodeToString([]byte(raw))
	want, err := New(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"raw, blanks and all":     raw,
		"base64":                  encoded,
		"base64 with line end":    encoded + "\n",
		"base64 between blanks":   "  " + encoded + "\r\n",
		"base64 over three lines": encoded[:10] + "\n" + encoded[10:20] + "\n" + encoded[20:] + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			key, err := Load(writeKeyFile(t, content, 0o600), nil)
			if err != nil {
				t.Fatal(err)
			}
			if key.ID() != want.ID() {
				t.Errorf("loaded key %s, want %s", key.ID(), want.ID())
			}
		})
	}
}

func TestLoadRefusesOtherContent(t *testing.T) {
	for name, content := range map[string]string{
		"empty":              "",
		"31 bytes":           strings.Repeat("k", 31),
		"33 bytes":           strings.Repeat("k", 33),
		"16 bytes in base64": base64.StdEncoding.EncodeToString(make([]byte, 16)),
		"64 bytes in base64": base64.StdEncoding.EncodeToString(make([]byte, 64)),
		"hexadecimal":        strings.Repeat("0f", 32),
		"not base64":         strings.Repeat("!", 44),
		"a large file":       strings.Repeat("A", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(writeKeyFile(t, content, 0o600), nil)
			if !errors.Is(err, ErrKeyFileContent) {
				t.Fatalf("Load: %v, want ErrKeyFileContent", err)
			}
			if content != "" && strings.Contains(err.Error(), content) {
				t.Errorf("the error quotes the file: %v", err)
			}
		})
	}
	if _, err := Load(t.TempDir(), nil); !errors.Is(err, ErrKeyFileContent) {
		t.Errorf("Load of a folder: %v, want ErrKeyFileContent", err)
	}
}

// S-57: a key file that others can read or replace is refused.
func TestLoadRefusesExposedFiles(t *testing.T) {
	if !hasModes() {
		return
	}
	for mode, want := range map[fs.FileMode]error{
		0o600: nil,
		0o400: nil,
		0o640: ErrKeyFileExposed,
		0o604: ErrKeyFileExposed,
		0o620: ErrKeyFileExposed,
		0o644: ErrKeyFileExposed,
	} {
		path := writeKeyFile(t, strings.Repeat("k", keyBytes), mode)
		if _, err := Load(path, nil); !errors.Is(err, want) {
			t.Errorf("mode %o: %v, want %v", mode, err, want)
		}
		link := filepath.Join(t.TempDir(), "link.key")
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(link, nil); !errors.Is(err, want) {
			t.Errorf("link to mode %o: %v, want %v", mode, err, want)
		}
	}
}

func TestLoadCreatesAMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dxauth.key")
	first, err := Load(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); hasModes() && mode != 0o600 {
		t.Errorf("mode %o, want 600", mode)
	}
	again, err := Load(path, iotest.ErrReader(errDry))
	if err != nil || again.ID() != first.ID() {
		t.Errorf("loaded again: %v, %v; want key %s", again.ID(), err, first.ID())
	}
	assertOnlyFile(t, path)
}

func TestFailedCreationLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	if _, err := Load(filepath.Join(folder, "dxauth.key"), iotest.ErrReader(errDry)); !errors.Is(err, errDry) {
		t.Errorf("Load: %v, want %v", err, errDry)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := Load(filepath.Join(folder, "absent", "dxauth.key"), rand.Reader); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load in an absent folder: %v, want %v", err, fs.ErrNotExist)
	}
}

// Replicas that start at the same time must use the same key.
func TestConcurrentStartsCreateOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dxauth.key")
	ids := make([]KeyID, 20)
	var starts sync.WaitGroup
	for i := range ids {
		starts.Go(func() {
			key, err := Load(path, rand.Reader)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = key.ID()
		})
	}
	starts.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("two keys: %s and %s", id, ids[0])
		}
	}
	assertOnlyFile(t, path)
}

// A process that finds the file already created must not replace the key.
func TestCreationNeverReplacesAKey(t *testing.T) {
	path := writeKeyFile(t, strings.Repeat("k", keyBytes), 0o600)
	if err := createKeyFile(path, rand.Reader); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(content, bytes.Repeat([]byte("k"), keyBytes)) {
		t.Errorf("the file was replaced: %v", err)
	}
}

func assertOnlyFile(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != filepath.Base(path) {
		t.Errorf("the folder holds %v, want only %s", entries, filepath.Base(path))
	}
}

// hasModes reports whether the permission bits of a file mean anything here.
func hasModes() bool { return runtime.GOOS != "windows" }
