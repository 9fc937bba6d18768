package kit

import (
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Choice is an option of a list.
type Choice struct {
	Value, Text string
	Chosen      bool
}

// SpanIn reads a choice whose value is a duration. It returns refusal.Invalid for a text
// that is none of the choices.
func SpanIn(text string, choices []Choice) (time.Duration, error) {
	for _, c := range choices {
		if c.Value == text && text != "" {
			return time.ParseDuration(text)
		}
	}
	return 0, refusal.New(refusal.Invalid, "choose a time from the list")
}

// Choose marks the choice with a value, and no other.
func Choose(value string, choices []Choice) []Choice {
	for i := range choices {
		choices[i].Chosen = choices[i].Value == value
	}
	return choices
}
