package kit

import (
	"encoding/json"

	"github.com/dxauth/dxauth/internal/cli/failure"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
)

// Classify is [failure.Classify] for the program and the time of the console.
func (c *Console) Classify(err error) *refusal.Error {
	return failure.Classify(err, c.Program, c.Now())
}

// FailureJSON is what --json prints for a failure.
type FailureJSON struct {
	Error struct {
		Type    string `json:"type"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
	} `json:"error"`
}

// maxFailure is the longest message that --json shows whole, in characters.
const maxFailure = 16_000

// Report shows a failure on stderr: as text, or as one JSON object.
func (e Env) Report(style Style, failed *refusal.Error) {
	if !style.JSON {
		out := terminal.New(terminal.Config{Stderr: e.Stderr, Getenv: e.Getenv, Color: style.Color})
		out.Fail(e.Program, "%s", failed.Message)
		if failed.Hint != "" {
			out.Message("%s", failed.Hint)
		}
		return
	}
	var object FailureJSON
	object.Error.Type = failed.Code.Name()
	object.Error.Message, object.Error.Hint = terminal.Cut(terminal.Clean(failed.Message), maxFailure), terminal.Cut(terminal.Clean(failed.Hint), maxFailure)
	if encoded, err := json.Marshal(object); err == nil {
		_, _ = e.Stderr.Write(append(encoded, '\n')) // there is nowhere else to report it
	}
}
