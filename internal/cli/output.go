package cli

import (
	"encoding/json"
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
	encoded, err := json.MarshalIndent(value, "", "  ")
	return escapeUnseen(string(encoded)) + "\n", err
}

// orNull makes null of no time.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
