package credstore

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/pkg/secret"
)

func TestPassphraseFile(t *testing.T) {
	cases := map[string]struct {
		content string
		want    string // "" means refused
	}{
		"a line":              {"correct horse\n", "correct horse"},
		"a line of Windows":   {"correct horse\r\n", "correct horse"},
		"no line end":         {"correct horse", "correct horse"},
		"blanks belong to it": {"  correct horse \n", "  correct horse "},
		"empty":               {"", ""},
		"an empty line":       {"\n", ""},
		"as long as may be":   {strings.Repeat("x", maxPassphrase), strings.Repeat("x", maxPassphrase)},
		"longer":              {strings.Repeat("x", maxPassphrase+1), ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "passphrase")
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := PassphraseFile(path)(t.Context(), true)
			if c.want == "" {
				if outcomeOf(t, err) != Declined || !strings.Contains(err.Error(), path) {
					t.Errorf("error %v, want one that names the file", err)
				}
				return
			}
			if err != nil || got.Reveal() != c.want {
				t.Errorf("read %q, %v; want %q", got.Reveal(), err, c.want)
			}
		})
	}
	missing := filepath.Join(t.TempDir(), "missing")
	if _, err := PassphraseFile(missing)(t.Context(), false); outcomeOf(t, err) != Declined || !strings.Contains(err.Error(), "open "+missing) {
		t.Errorf("a missing file: error %v", err)
	}
}

func TestPassphraseOnceRemembersNoError(t *testing.T) {
	asked := 0
	once := Passphrase(func(context.Context, bool) (secret.Text, error) {
		asked++
		if asked == 1 {
			return secret.Text{}, errors.New("not now")
		}
		return secret.New("correct horse"), nil
	}).Once()
	if _, err := once(t.Context(), false); err == nil {
		t.Error("the error is lost")
	}
	for range 3 {
		if got, err := once(t.Context(), false); err != nil || got.Reveal() != "correct horse" {
			t.Errorf("got %q, %v", got.Reveal(), err)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times, want 2", asked)
	}
}
