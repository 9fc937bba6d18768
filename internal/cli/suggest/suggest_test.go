package suggest

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWords(t *testing.T) {
	commands := []string{"login", "logout", "switch", "status", "select", "token", "env", "exec", "api"}
	for name, tt := range map[string]struct {
		typed string
		words []string
		want  []string
	}{
		"two letters swapped":         {"lgoin", commands, []string{"login"}},
		"a letter too many":           {"loginn", commands, []string{"login"}},
		"a letter left out":           {"swich", commands, []string{"switch"}},
		"the beginning":               {"stat", commands, []string{"status"}},
		"in capitals":                 {"LOGOUT", commands, []string{"logout"}},
		"a beginning of two":          {"lo", commands, []string{"login", "logout"}},
		"the most similar first":      {"exomes", []string{"Exome 1", "Exome"}, []string{"Exome", "Exome 1"}},
		"nothing like it":             {"frobnicate", commands, nil},
		"a short word is not another": {"x", []string{"a", "b"}, nil},
		"one letter of two":           {"ci", []string{"cd"}, []string{"cd"}},
		"nothing typed":               {"", commands, nil},
		"nothing known":               {"login", nil, nil},
		"each once":                   {"twin", []string{"Twins", "Twins"}, []string{"Twins"}},
		"at most three":               {"run", []string{"run1", "run2", "run3", "run4"}, []string{"run1", "run2", "run3"}},
		"letters beyond ASCII":        {"größe", []string{"grosse", "Größe 2", "Grüße"}, []string{"Grüße", "Größe 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Words(tt.typed, tt.words); !slices.Equal(got, tt.want) {
				t.Errorf("%q: %q, want %q", tt.typed, got, tt.want)
			}
		})
	}
}

func TestHint(t *testing.T) {
	quoted := func(word string) string { return "'" + word + "'" }
	for typed, want := range map[string]string{
		"":      "",
		"lgoin": "did you mean 'login'?",
		"log":   "did you mean 'login', 'logon' or 'logout'?",
	} {
		if got := Hint(typed, []string{"login", "logon", "logout", "api"}, quoted); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

// TestDistance checks the properties of a distance, and that one mistake is one.
func TestDistance(t *testing.T) {
	word := rapid.SliceOfN(rapid.SampledFrom([]rune("abc")), 0, 8)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		got := distance(a, b)
		if got != distance(b, a) || (got == 0) != slices.Equal(a, b) || got > max(len(a), len(b)) || got < len(a)-len(b) {
			t.Fatalf("%q and %q: %d", string(a), string(b), got)
		}
		if len(a) == 0 {
			return
		}
		i := rapid.IntRange(0, len(a)-1).Draw(t, "i")
		without := slices.Delete(slices.Clone(a), i, i+1)
		swapped := slices.Clone(a)
		j := max(0, i-1)
		swapped[i], swapped[j] = swapped[j], swapped[i]
		if distance(a, without) != 1 || distance(a, swapped) > 1 {
			t.Fatalf("%q: %d to %q, %d to %q", string(a), distance(a, without), string(without), distance(a, swapped), string(swapped))
		}
	})
}

func TestHugeWordsAreBounded(t *testing.T) {
	huge := strings.Repeat("x", 1<<20)
	words := make([]string, 100_000)
	for i := range words {
		words[i] = huge[:1000]
	}
	if got := Words(huge, words); len(got) != 1 {
		t.Errorf("%d suggestions", len(got))
	}
}
