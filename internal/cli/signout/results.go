package signout

// Results returns what each command prints with --json, for docs/schema: a value of its
// type, or of each of several.
func Results() map[string][]any {
	return map[string][]any{"logout": {resultJSON{}}}
}
