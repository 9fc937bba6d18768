package prompt

// Results returns what the command prints with --json, for docs/schema.
func Results() map[string][]any {
	return map[string][]any{"prompt": {promptJSON{}}}
}
