//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The list of sessions says if there are more API tokens than it shows, and all
// of them can be used.
func TestMoreTokensThanAListShows(t *testing.T) {
	t.Parallel()
	const tokens = 1002
	var fixture strings.Builder
	fixture.WriteString("users:\n  - {username: alice, password: wonderland-2026}\ntokens:\n")
	for i := range tokens {
		fmt.Fprintf(&fixture, "  - {user: alice, value: Token%027d, label: ci-%d, expires: %dh}\n", i, i, i+1)
	}
	file := filepath.Join(t.TempDir(), "many.yaml")
	if err := os.WriteFile(file, []byte(fixture.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	_, env := home(t, newPlatform(t, file))
	succeed(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")

	shown := invoke(t, env, "", "account", "sessions")
	// A busy server ends the page earlier.
	if lines := strings.Count(shown.stdout, "\n"); lines > 1+1000+1 || !strings.Contains(shown.stdout, "this one") {
		t.Errorf("%d lines, with the session in use: %v", lines, strings.Contains(shown.stdout, "this one"))
	}
	if !strings.Contains(shown.stderr, "not all are shown; see dxauth token list") {
		t.Errorf("stderr: %s", shown.stderr)
	}
	var list struct{ Complete *bool }
	if err := json.Unmarshal([]byte(succeed(t, env, "", "account", "sessions", "--json")), &list); err != nil || list.Complete == nil || *list.Complete {
		t.Errorf("complete is %v, %v", list.Complete, err)
	}

	last := fmt.Sprintf("ci-%d", tokens-1)
	succeed(t, env, "", "token", "revoke", "--yes", last)
	if names := succeed(t, env, "", "token", "list"); strings.Count(names, "ci-") != tokens-1 || strings.Contains(names, last+" ") {
		t.Errorf("%d tokens are left", strings.Count(names, "ci-"))
	}
}
