package token

import (
	"fmt"
	"strings"
)

// someNames joins the names of projects, as many as fit a sentence.
func someNames(projects []projectJSON) string {
	const most = 5
	var names []string
	for _, p := range projects[:min(most, len(projects))] {
		names = append(names, p.Name)
	}
	text := strings.Join(names, ", ")
	if more := len(projects) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// projectJSON is a project that a token reaches.
type projectJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}
