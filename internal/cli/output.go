package cli

import (
	"encoding/json"
	"strings"
	"time"
)

// printJSON prints one object of data.
func (a *app) printJSON(value any) error {
	text, err := encodeJSON(value)
	if err != nil {
		return err
	}
	return a.term.Print(text)
}

func encodeJSON(value any) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false) // nobody puts it into a page, and people read addresses in it
	err := encoder.Encode(value)
	return escapeUnseen(text.String()), err
}

// tell shows a text of several lines as messages.
func (a *app) tell(text string) {
	for line := range strings.Lines(text) {
		a.term.Message("%s", strings.TrimSuffix(line, "\n"))
	}
}

// orNull makes null of no time.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
