package session

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// bookAt is a book without accounts, with a clock to move.
func bookAt(t *testing.T, now *time.Time) *AccountIndex {
	return NewAccountIndex(Config{Dir: filepath.Join(t.TempDir(), "state"), Now: func() time.Time { return *now }})
}

func namesMade(t *testing.T, b *AccountIndex, server, user string) []string {
	t.Helper()
	made, err := b.MadeTokens(server, user)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, m := range made {
		names = append(names, m.Name)
	}
	return names
}

func TestMadeTokens(t *testing.T) {
	now := noon
	b := bookAt(t, &now)
	if got := namesMade(t, b, "https://a", "alice"); len(got) != 0 {
		t.Errorf("before any was made there are %q", got)
	}
	for _, made := range []MadeToken{
		{Server: "https://a", User: "alice", ID: "1", Name: "short", Expires: noon.Add(time.Hour)},
		{Server: "https://a", User: "alice", ID: "2", Name: "open"},
		{Server: "https://a", User: "bob", ID: "3", Name: "bob's"},
		{Server: "https://b", User: "alice", ID: "1", Name: "elsewhere"},
		{Server: "https://a", User: "alice", ID: "2", Name: "renamed"},
	} {
		if err := b.NoteToken(t.Context(), made); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"short", "renamed"}, namesMade(t, b, "https://a", "alice")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	now = noon.Add(time.Hour)
	if diff := cmp.Diff([]string{"renamed"}, namesMade(t, b, "https://a", "alice")); diff != "" {
		t.Errorf("with the first one over (-want +got):\n%s", diff)
	}
	for range 2 { // which is not an error the second time
		if err := b.ForgetToken(t.Context(), "https://a", "2"); err != nil {
			t.Fatal(err)
		}
	}
	if got := namesMade(t, b, "https://a", "alice"); len(got) != 0 {
		t.Errorf("after it was forgotten there are %q", got)
	}
	if diff := cmp.Diff([]string{"elsewhere"}, namesMade(t, b, "https://b", "alice")); diff != "" {
		t.Errorf("at another server (-want +got):\n%s", diff)
	}
}

// TestMadeTokensDoNotPileUp: those that are over go with the next one, and the
// oldest go where there are too many.
func TestMadeTokensDoNotPileUp(t *testing.T) {
	now := noon
	b := bookAt(t, &now)
	full := index{Version: indexVersion}
	for i := range mostMade {
		full.Made = append(full.Made, MadeToken{Server: "https://a", User: "alice", ID: fmt.Sprint(i), Name: fmt.Sprint("n", i)})
	}
	full.Made[5].Expires = noon.Add(-time.Hour)
	content, err := full.encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b.path(), content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"x", "y"} {
		if err := b.NoteToken(t.Context(), MadeToken{Server: "https://a", User: "alice", ID: id, Name: id}); err != nil {
			t.Fatal(err)
		}
	}
	names := namesMade(t, b, "https://a", "alice")
	if len(names) != mostMade || names[0] != "n1" || names[len(names)-1] != "y" {
		t.Errorf("%d are noted, from %s to %s", len(names), names[0], names[len(names)-1])
	}
}
