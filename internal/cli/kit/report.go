package kit

import (
	"encoding/json"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/failure"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
)

// Classify is [failure.Classify] for the program and the time of the console.
func (c *Console) Classify(err error) *refusal.Error {
	return failure.Classify(err, c.Program, c.Now())
}

// Explanation returns what an error says, and its hint if it has one, in one sentence.
func (c *Console) Explanation(err error) string {
	failed := c.Classify(err)
	if failed.Hint == "" {
		return failed.Message
	}
	return failed.Message + "; " + failed.Hint
}

// FailureJSON is what --json prints for a failure.
type FailureJSON struct {
	Error FailureDetails `json:"error"`
}

// FailureDetails say what failed.
type FailureDetails struct {
	Type    string `json:"type"` // one of those of help exit-codes
	Message string `json:"message"`
	Hint    string `json:"hint"` // what helps; empty: not known
}

// maxFailure is the longest message that --json shows whole, in characters.
const maxFailure = 16_000

// Report shows a failure on stderr: as text, after the lines of a [refusal.Listing], or
// as one JSON object.
func (e Env) Report(style Style, failed *refusal.Error) {
	listing, _ := refusal.DetailsOf[refusal.Listing](failed)
	if !style.JSON {
		out := terminal.New(terminal.Config{Stderr: e.Stderr, Getenv: e.Getenv, Color: style.Color})
		for _, line := range listing {
			out.Message("%s", line)
		}
		out.Fail(e.Program, "%s", failed.Message)
		if failed.Hint != "" {
			out.Message("%s", failed.Hint)
		}
		return
	}
	var object FailureJSON
	object.Error.Type = failed.Code.Name()
	message := strings.Join(append([]string{failed.Message}, listing...), "; ")
	object.Error.Message, object.Error.Hint = terminal.Cut(terminal.Clean(message), maxFailure), terminal.Cut(terminal.Clean(failed.Hint), maxFailure)
	if encoded, err := json.Marshal(object); err == nil {
		_, _ = e.Stderr.Write(append(encoded, '\n')) // there is nowhere else to report it
	}
}
