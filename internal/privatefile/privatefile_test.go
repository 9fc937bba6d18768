package privatefile_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/privatefile"
)

func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, content := range []string{"a first one", "a second one", ""} {
		if err := privatefile.Replace(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		wantContent(t, path, content)
	}
	wantAlone(t, path)
}

func TestFailedReplaceChangesNothing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "folder") // can't be replaced by a file
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := privatefile.Replace(folder, []byte("content")); err == nil {
		t.Error("a folder was replaced")
	}
	wantAlone(t, folder)
}

func TestMissingFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nowhere", "file")
	_, createErr := privatefile.Create(path)
	_, readErr := privatefile.Read(path, 10)
	for name, err := range map[string]error{
		"replace": privatefile.Replace(path, nil), "add": privatefile.Add(path, nil), "create": createErr, "read": readErr,
	} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAddNeverReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := privatefile.Add(path, []byte("the first")); err != nil {
		t.Fatal(err)
	}
	if err := privatefile.Add(path, []byte("the second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want %v", err, fs.ErrExist)
	}
	wantContent(t, path, "the first")
	wantAlone(t, path)
}

func TestOneOfManyAddsSucceeds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	var made sync.Map
	var group sync.WaitGroup
	for _, content := range strings.Fields("a b c d e f g h") {
		group.Go(func() {
			switch err := privatefile.Add(path, []byte(content)); {
			case err == nil:
				made.Store(content, true)
			case !errors.Is(err, fs.ErrExist):
				t.Errorf("add: %v", err)
			}
		})
	}
	group.Wait()
	var winners []string
	made.Range(func(content, _ any) bool { winners = append(winners, content.(string)); return true })
	if len(winners) != 1 {
		t.Fatalf("%v made the file, want one", winners)
	}
	wantContent(t, path, winners[0])
	wantAlone(t, path)
}

func TestCreateAndComplete(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	file, err := privatefile.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	wantContent(t, path, "")
	if _, err := privatefile.Create(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second file: %v, want %v", err, fs.ErrExist)
	}
	if err := privatefile.Complete(file, []byte("content")); err != nil {
		t.Fatal(err)
	}
	wantContent(t, path, "content")
	if err := privatefile.Complete(file, nil); !errors.Is(err, os.ErrClosed) {
		t.Errorf("completed twice: %v, want %v", err, os.ErrClosed)
	}
}

func TestRemove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for range 2 {
		if err := privatefile.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("the file is there (%v)", err)
		}
		if err := privatefile.Replace(path, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRemoveDraftsOfOneFile(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{".draft-file-1", ".draft-file-22", ".draft-file-22-journal", ".draft-file-2-1", ".draft-file-", ".draft-other-1", "file", "draft-file-1"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := privatefile.RemoveDrafts(filepath.Join(folder, "file")); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, entry := range entries {
		left = append(left, entry.Name())
	}
	if got, want := strings.Join(left, " "), ".draft-file- .draft-file-2-1 .draft-other-1 draft-file-1 file"; got != want {
		t.Errorf("left are %s, want %s", got, want)
	}
}

// Old drafts of any file are removed, and nothing else.
func TestRemoveOldDrafts(t *testing.T) {
	folder, now := t.TempDir(), time.Now()
	for name, age := range map[string]time.Duration{
		".draft-file-1": time.Hour, ".draft-other-2": 61 * time.Second, ".draft-file-3": 59 * time.Second, "file": time.Hour, "draft-file-4": time.Hour,
	} {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, now.Add(-age), now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, ".draft-folder-5"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := privatefile.RemoveOldDrafts(folder, now.Add(time.Nanosecond)); err != nil {
		t.Fatal(err)
	}
	if err := privatefile.RemoveOldDrafts(filepath.Join(folder, "none"), now); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of no folder: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(folder, "*"))
	for i, path := range left {
		left[i] = filepath.Base(path)
	}
	if got, want := strings.Join(left, " "), ".draft-file-3 .draft-folder-5 draft-file-4 file"; err != nil || got != want {
		t.Errorf("left are %s, want %s (%v)", got, want, err)
	}
}

// A file is built completely or not at all, whatever its name and whatever a killed process
// left there, and replaces nothing.
func TestBuild(t *testing.T) {
	for _, base := range []string{"file", "a-1", "a[1", "*", "ü b"} {
		folder := t.TempDir()
		path := filepath.Join(folder, base)
		if err := os.WriteFile(filepath.Join(folder, ".draft-"+base+"-17"), []byte("left"), 0o600); err != nil {
			t.Fatal(err)
		}
		failure := errors.New("no more")
		write := func(draft *os.File) error {
			_, err := draft.WriteString("content")
			return err
		}
		err := privatefile.Build(path, func(draft *os.File) error { return errors.Join(write(draft), failure) })
		if entries, _ := os.ReadDir(folder); !errors.Is(err, failure) || len(entries) > 0 {
			t.Errorf("%q: %v leaves %v", base, err, entries)
		}
		if err := privatefile.Build(path, write); err != nil {
			t.Fatalf("%q: %v", base, err)
		}
		if err := privatefile.Build(path, func(*os.File) error { panic("there is a file") }); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%q: built over a file: %v", base, err)
		}
		content, err := os.ReadFile(path)
		if entries, _ := os.ReadDir(folder); err != nil || string(content) != "content" || len(entries) != 1 {
			t.Errorf("%q has %q, %v, among %v", base, content, err, entries)
		}
	}
}

func TestReadLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := privatefile.Replace(path, []byte("four")); err != nil {
		t.Fatal(err)
	}
	for name, read := range readers() {
		if content, err := read(path, 4); err != nil || string(content) != "four" {
			t.Errorf("%s: got %q, %v", name, content, err)
		}
		if _, err := read(path, 3); !errors.Is(err, privatefile.ErrSize) || strings.Contains(err.Error(), "four") {
			t.Errorf("%s: got %v, want %v", name, err, privatefile.ErrSize)
		}
	}
}

func TestFoldersAreNotRead(t *testing.T) {
	for name, read := range readers() {
		if _, err := read(t.TempDir(), 10); !errors.Is(err, privatefile.ErrKind) {
			t.Errorf("%s: got %v, want %v", name, err, privatefile.ErrKind)
		}
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := privatefile.Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := privatefile.Lock(short, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second lock: %v, want %v", err, context.DeadlineExceeded)
	}
	unlock()
	again, err := privatefile.Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	again()
	wantAlone(t, path)
}

func readers() map[string]func(string, int64) ([]byte, error) {
	return map[string]func(string, int64) ([]byte, error){
		"Read": privatefile.Read, "ReadTrusted": privatefile.ReadTrusted, "ReadMounted": privatefile.ReadMounted,
		"ReadRegular": privatefile.ReadRegular,
	}
}

func wantContent(t *testing.T, path, want string) {
	t.Helper()
	if got, err := privatefile.Read(path, 100); err != nil || string(got) != want {
		t.Errorf("the file has %q (%v), want %q", got, err, want)
	}
}

// wantAlone checks that the folder contains only the file, and no draft.
func wantAlone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder has %v (%v), want %s alone", entries, err, filepath.Base(path))
	}
}

// TestReadersAndWritersAtOnce: a file that is replaced, read and locked all the time
// is complete for each reader, and no call fails because of the others.
func TestReadersAndWritersAtOnce(t *testing.T) {
	const rounds = 40
	folder := t.TempDir()
	path, lock := filepath.Join(folder, "file"), filepath.Join(folder, "lock")
	contents := []string{strings.Repeat("a", 5000), strings.Repeat("b", 5000), strings.Repeat("c", 5000)}
	if err := privatefile.Replace(path, []byte(contents[0])); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for _, content := range contents {
		group.Go(func() {
			for range rounds {
				unlock, err := privatefile.Lock(t.Context(), lock)
				if err != nil {
					t.Errorf("lock: %v", err)
					return
				}
				err = errors.Join(privatefile.RemoveDrafts(path), privatefile.Replace(path, []byte(content)))
				unlock()
				if err != nil {
					t.Errorf("replace: %v", err)
				}
			}
		})
		group.Go(func() {
			for range rounds {
				got, err := privatefile.Read(path, 10000)
				if err != nil || !slices.Contains(contents, string(got)) {
					t.Errorf("read %d bytes, %v", len(got), err)
				}
			}
		})
	}
	group.Wait()
	wantNames(t, folder, "file", "lock")
}

func wantNames(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("the folder has %v, want %v", got, want)
	}
}
