package cli

import (
	"context"
	"encoding/json"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
)

// printJSON prints one object of data.
func (a *app) printJSON(value any) error {
	text, err := encodeJSON(value)
	if err != nil {
		return err
	}
	return a.term.Print(text)
}

// answerJSON prints an object with --json only, for commands that otherwise have
// nothing to print but messages.
func (a *app) answerJSON(value any) error {
	if !a.settings.JSON {
		return nil
	}
	return a.printJSON(value)
}

func encodeJSON(value any) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false) // nobody puts it into a page, and people read addresses in it
	err := encoder.Encode(value)
	return kit.EscapeUnseen(text.String()), err
}

// tell shows a text of several lines as messages.
func (a *app) tell(text string) {
	for line := range strings.Lines(text) {
		a.term.Message("%s", strings.TrimSuffix(line, "\n"))
	}
}

// capitalized makes a sentence of an error.
func capitalized(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// orNull makes null of no time.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// secondsOrNull makes null of no limit.
func secondsOrNull(limit time.Duration) *int64 {
	if limit <= 0 {
		return nil
	}
	seconds := int64(limit / time.Second)
	return &seconds
}

// canAgree refuses what a person has to agree to, where nobody can be asked.
func (a *app) canAgree(what string) error {
	if err := a.term.CanAsk(); err != nil {
		return refusal.New(refusal.InputRequired, "%s needs a yes: %s", what, err).
			WithHint("give --yes if it is meant")
	}
	return nil
}

// agreed asks a person whether to go on. A no ends the command with the given
// words, and not with success: a script around it must not go on either.
func (a *app) agreed(ctx context.Context, question string, otherwise *refusal.Error) error {
	yes, err := a.term.Confirm(ctx, question)
	if err == nil && !yes {
		return otherwise
	}
	return err
}

// survivePipe lets a write to a pipe that nobody reads fail, instead of ending
// the program before it can take back what it could not hand over.
func survivePipe() (restore func()) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGPIPE)
	return func() { signal.Stop(caught) }
}
