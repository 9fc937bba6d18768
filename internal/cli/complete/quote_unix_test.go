//go:build unix

package complete

import (
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestQuotedTextMeansItself checks, with a real bash, that what is put on the command
// line is the word that was offered, whatever it is.
func TestQuotedTextMeansItself(t *testing.T) {
	special := rapid.StringOf(rapid.SampledFrom([]rune("ab/:=@%~#*?[]{}()<>|&;!^$`'\"\\ é漢-_.,+")))
	var script strings.Builder
	var texts []string
	rapid.Check(t, func(t *rapid.T) {
		text := special.Draw(t, "text")
		texts = append(texts, text)
		script.WriteString("printf '%s\\0' x" + quote(text, 0) + ` x"` + quote(text, '"') + `" x'` + quote(text, '\'') + "'\n")
	})
	output, err := exec.Command("bash", "-c", script.String()).Output()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Split(strings.TrimSuffix(string(output), "\x00"), "\x00")
	if len(words) != 3*len(texts) {
		t.Fatalf("bash read %d words, want %d", len(words), 3*len(texts))
	}
	for i, word := range words {
		if want := "x" + texts[i/3]; word != want {
			t.Errorf("bash read %q, want %q", word, want)
		}
	}
}
