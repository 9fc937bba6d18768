package dxenv_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/dxenv"
	"github.com/dxauth/dxauth/pkg/secret"
)

const token = "0123456789abcdefghijABCDEFGHIJ01"

// written is a file as dx writes it.
func written(token, host string) string {
	return fmt.Sprintf(`{
    "DX_APISERVER_PORT": "8080",
    "DX_SECURITY_CONTEXT": "{\"auth_token\": \"%s\", \"auth_token_type\": \"bearer\"}",
    "DX_APISERVER_HOST": "%s",
    "DX_APISERVER_PROTOCOL": "http",
    "DX_PROJECT_CONTEXT_ID": "project-000000000000000000000001"
}
`, token, host)
}

// folder makes dx's folder of files, with the modes that dx gives them.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "dx")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inWords is a finding without the folder: path, server, type and token.
func inWords(dir string, copies []dxenv.Copy) []string {
	var words []string
	for _, c := range copies {
		words = append(words, strings.Join([]string{filepath.ToSlash(c.Path[len(dir)+1:]), c.Server, c.Type, c.Token.Reveal()}, " "))
	}
	return words
}

func TestFind(t *testing.T) {
	const context = `"DX_SECURITY_CONTEXT": "{\"auth_token\": \"` + token + `\"}"`
	tests := map[string]struct {
		files map[string]string
		want  []string
	}{
		"nothing there": {},
		"the user's and two shells'": {
			map[string]string{
				"environment.json":               written(token, "a.example"),
				"sessions/100/environment.json":  written(token, "a.example"),
				"sessions/2000/environment.json": written("other", "b.example"),
				"sessions/2000/DX_USERNAME":      "alice",
			},
			[]string{
				"environment.json http://a.example:8080 bearer " + token,
				"sessions/100/environment.json http://a.example:8080 bearer " + token,
				"sessions/2000/environment.json http://b.example:8080 bearer other",
			},
		},
		"nobody is logged in": {
			map[string]string{"environment.json": written("PUBLIC", "a.example"), "sessions/1/environment.json": "{}"}, nil,
		},
		"what is not set is as dx has it built in": {
			map[string]string{"environment.json": `{` + context + `}`},
			[]string{"environment.json https://api.dnanexus.com Bearer " + token},
		},
		"what a shell lacks is the user's": {
			map[string]string{
				"environment.json":            written("PUBLIC", "a.example"),
				"sessions/1/environment.json": `{` + context + `, "DX_APISERVER_HOST": ""}`,
			},
			[]string{"sessions/1/environment.json http://a.example:8080 Bearer " + token},
		},
		"a byte order mark": {
			map[string]string{"environment.json": "\ufeff{" + context + "}"},
			[]string{"environment.json https://api.dnanexus.com Bearer " + token},
		},
		"the credential as an object": {
			map[string]string{"environment.json": `{"DX_APISERVER_HOST": "::1", "DX_SECURITY_CONTEXT": {"auth_token": "` + token + `"}}`},
			[]string{"environment.json https://[::1] Bearer " + token},
		},
		"a port as a number": {
			map[string]string{"environment.json": `{"DX_APISERVER_PORT": 443, ` + context + `}`},
			[]string{"environment.json https://api.dnanexus.com:443 Bearer " + token},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, test.files)
			copies, unread := dxenv.Find(dir)
			if diff := cmp.Diff(test.want, inWords(dir, copies)); diff != "" {
				t.Errorf("the copies differ (-want +got):\n%s", diff)
			}
			if len(unread) > 0 {
				t.Errorf("not looked into: %v", unread)
			}
		})
	}
}

func TestFindWithoutAFolder(t *testing.T) {
	copies, unread := dxenv.Find(filepath.Join(t.TempDir(), "none"))
	if len(copies) > 0 || len(unread) > 0 {
		t.Errorf("got %v, %v", copies, unread)
	}
}

func TestWhatIsNotOfDxIsReportedAndNotShown(t *testing.T) {
	tests := map[string]string{
		"not JSON":             token,
		"half of it":           written(token, "a.example")[:90],
		"a list":               `["` + token + `"]`,
		"something after it":   `{} "` + token + `"`,
		"two tokens":           `{"DX_SECURITY_CONTEXT": "", "DX_SECURITY_CONTEXT": "` + token + `"}`,
		"a token without JSON": `{"DX_SECURITY_CONTEXT": "` + token + `"}`,
	}
	for name, content := range tests {
		t.Run(name, func(t *testing.T) {
			copies, unread := dxenv.Find(folder(t, map[string]string{"environment.json": content}))
			if len(copies) != 0 || len(unread) != 1 {
				t.Fatalf("got %v, %v", copies, unread)
			}
			if text := fmt.Sprint(unread); strings.Contains(text, token[:8]) {
				t.Errorf("it shows the token: %s", text)
			}
		})
	}
}

func TestScrubLeavesTheRestAsItWas(t *testing.T) {
	dir := folder(t, map[string]string{
		"environment.json":            written(token, "a.example"),
		".draft-environment.json-123": written("PUBLIC", "a.example"), // of a call that was killed
	})
	path := filepath.Join(dir, "environment.json")
	if err := dxenv.Scrub(path, secret.New(token)); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(written("PUBLIC", "a.example"), "bearer", "Bearer", 1)
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("the file differs (-want +got):\n%s", diff)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder has %v, %v", entries, err)
	}
}

func TestScrubLeavesAlone(t *testing.T) {
	tests := map[string]struct {
		content string
		fails   bool
	}{
		"another token that came meanwhile": {written("other", "a.example"), false},
		"nobody's":                          {written("PUBLIC", "a.example"), false},
		"a token that stands there twice":   {strings.Replace(written(token, "a.example"), "project-", token, 1), true},
		"what is not of dx":                 {token, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(folder(t, map[string]string{"environment.json": test.content}), "environment.json")
			err := dxenv.Scrub(path, secret.New(token))
			if (err != nil) != test.fails {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), token) {
				t.Errorf("the error shows the token: %s", err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != test.content {
				t.Errorf("the file is %q, %v", got, err)
			}
		})
	}
}

func TestScrubOfAFileThatIsGone(t *testing.T) {
	if err := dxenv.Scrub(filepath.Join(t.TempDir(), "environment.json"), secret.New(token)); err != nil {
		t.Error(err)
	}
}

func TestDir(t *testing.T) {
	home := func() (string, error) { return "/home/alice", nil }
	set := func(value string) func(string) string { return func(string) string { return value } }
	if got, err := dxenv.Dir(set(""), home); err != nil || got != filepath.Join("/home/alice", ".dnanexus_config") {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := dxenv.Dir(set("/elsewhere"), home); err != nil || got != "/elsewhere" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSelection(t *testing.T) {
	for name, test := range map[string]struct {
		files           map[string]string
		project, folder string
	}{
		"nothing":            {nil, "", ""},
		"a project":          {map[string]string{"environment.json": written(token, "a.example")}, "project-000000000000000000000001", ""},
		"a folder":           {map[string]string{"DX_CLI_WD": "/raw data"}, "", "/raw data"},
		"both":               {map[string]string{"environment.json": written(token, "a.example"), "DX_CLI_WD": "/raw\n"}, "project-000000000000000000000001", "/raw"},
		"not JSON":           {map[string]string{"environment.json": "{", "DX_CLI_WD": "/"}, "", "/"},
		"only a shell's own": {map[string]string{"sessions/1/environment.json": written(token, "a.example")}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			project, folder := dxenv.Selection(folder(t, test.files))
			if project != test.project || folder != test.folder {
				t.Errorf("got %q, %q", project, folder)
			}
		})
	}
}
