package projectpick

import (
	"slices"
	"strings"
)

// reading is one way to understand a text that names a project.
type reading struct {
	name   string // or an ID
	folder string // absolute
}

// maxReadings bounds how often the server is asked what a text means.
const maxReadings = 8

// readings returns the ways to understand PROJECT[:/FOLDER], at least one unless the
// text names no project. A name with a colon may be written as it is, or with \: as in
// dx; the second comes first. An ID can only be meant as one.
func readings(text string) []reading {
	escaped := splitEscaped(text)
	if escaped.isID() {
		return []reading{escaped}
	}
	list := []reading{escaped, {name: text, folder: "/"}}
	for at := range len(text) {
		if text[at] == ':' {
			list = append(list, reading{name: text[:at], folder: asFolder(text[at+1:])})
		}
	}
	var distinct []reading
	for _, r := range list {
		if r.name != "" && !slices.Contains(distinct, r) {
			distinct = append(distinct, r)
		}
	}
	return distinct[:min(maxReadings, len(distinct))]
}

// wholeProjects returns those without a folder.
func wholeProjects(list []reading) []reading {
	return slices.DeleteFunc(slices.Clone(list), func(r reading) bool { return r.folder != "/" })
}

// splitEscaped splits at the first colon that a backslash does not escape.
func splitEscaped(text string) reading {
	var name strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == ':' || text[i+1] == '\\'):
			i++
			name.WriteByte(text[i])
		case text[i] == ':':
			return reading{name.String(), asFolder(text[i+1:])}
		default:
			name.WriteByte(text[i])
		}
	}
	return reading{name.String(), "/"}
}

func asFolder(text string) string { return "/" + strings.Trim(text, "/") }

// Escape returns a name in dx's spelling.
func Escape(name string) string { return strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace(name) }
