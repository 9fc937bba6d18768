package cli

import (
	"encoding/json"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
)

// failureOf finds out in which way a command failed.
func (a *app) failureOf(err error) *refusal.Error { return kit.Classify(err, a.Program, a.Now()) }

func (a *app) loginHint() string { return "run " + a.Program + " login" }

// failureJSON is what --json prints for a failure.
type failureJSON struct {
	Error struct {
		Type    string `json:"type"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
	} `json:"error"`
}

// report tells of a failure on stderr.
func (a *app) report(failure *refusal.Error) {
	if !a.settings.JSON {
		a.term.Message("%s: %s", a.Program, failure.Message)
		if failure.Hint != "" {
			a.term.Message("%s", failure.Hint)
		}
		return
	}
	var object failureJSON
	object.Error.Type = failure.Code.Name()
	object.Error.Message, object.Error.Hint = terminal.Clean(failure.Message), terminal.Clean(failure.Hint)
	if encoded, err := json.Marshal(object); err == nil {
		_, _ = a.Stderr.Write(append(encoded, '\n')) // there is nowhere else to tell
	}
}
