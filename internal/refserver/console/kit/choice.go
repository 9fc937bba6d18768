package kit

import (
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Choice is an option of a list. In a list without values the text is the value.
type Choice struct {
	Value, Text string
	Chosen      bool
}

// Choices are the options of a list.
type Choices []Choice

// Markup returns the options as a list in a page has them. In a template each would take a
// dozen steps, and there are pages with hundreds of them.
func (c Choices) Markup() template.HTML {
	haveValues := slices.ContainsFunc(c, func(choice Choice) bool { return choice.Value != "" })
	var text strings.Builder
	for _, choice := range c {
		text.WriteString("<option")
		if haveValues {
			text.WriteString(` value="` + template.HTMLEscapeString(choice.Value) + `"`)
		}
		if choice.Chosen {
			text.WriteString(" selected")
		}
		text.WriteString(">" + template.HTMLEscapeString(choice.Text) + "</option>\n")
	}
	return template.HTML(text.String()) // #nosec G203 -- each part is escaped above
}

// SpanIn reads a choice whose value is a duration. It returns refusal.Invalid for a text
// that is none of the choices.
func SpanIn(text string, choices Choices) (time.Duration, error) {
	for _, c := range choices {
		if c.Value == text && text != "" {
			return time.ParseDuration(text)
		}
	}
	return 0, refusal.New(refusal.Invalid, "choose a time from the list")
}

// Choose marks the choice with a value, and no other.
func Choose(value string, choices Choices) Choices {
	for i := range choices {
		choices[i].Chosen = choices[i].Value == value
	}
	return choices
}
