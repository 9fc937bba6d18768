package kit

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStreamsThatLoseWhatIsWritten(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer writer.Close()
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	closed, err := os.Create(filepath.Join(t.TempDir(), "closed"))
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for name, test := range map[string]struct {
		stream io.Writer
		want   bool
	}{
		"the null device":            {null, true},
		"a closed file":              {closed, true},
		"a stream that is not there": {(*os.File)(nil), true},
		"a pipe":                     {writer, false},
		"a file":                     {file, false},
		"no file":                    {&strings.Builder{}, false},
	} {
		if got := isNullDevice(test.stream); got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}
