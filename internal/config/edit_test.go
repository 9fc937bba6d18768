package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

func TestEdit(t *testing.T) {
	const file = "# mine\nserver: https://lab.org  # the lab\n\n# colours\ncolor: never\n"
	for name, tt := range map[string]struct {
		before string
		edit   edit
		after  string
	}{
		"a new file":            {"", edit{name: "color", value: "never"}, "color: never\n"},
		"a new setting":         {file, edit{name: "json", value: "true"}, file + "json: true\n"},
		"a changed one":         {file, edit{name: "color", value: "always"}, strings.Replace(file, "never", "always", 1)},
		"its comment":           {file, edit{name: "server", value: "x.org"}, strings.Replace(file, "https://lab.org", "x.org", 1)},
		"the same value":        {file, edit{name: "color", value: "never"}, file},
		"removed":               {file, edit{name: "color", remove: true}, "# mine\nserver: https://lab.org  # the lab\n\n# colours\n"},
		"removed, not there":    {file, edit{name: "json", remove: true}, file},
		"nothing but comments":  {"# mine\n", edit{name: "json", value: "true"}, "# mine\njson: true\n"},
		"the last line not end": {"color: never", edit{name: "json", value: "true"}, "color: never\njson: true\n"},
		"lines of Windows":      {"color: never\r\njson: true\r\n", edit{name: "color", value: "auto"}, "color: auto\r\njson: true\r\n"},
		"quotes":                {"account: 'a # b' # x\n", edit{name: "account", value: "c"}, "account: c # x\n"},
		"a value with #":        {"", edit{name: "account", value: "a #b"}, "account: \"a #b\"\n"},
		"a value like null":     {"", edit{name: "account", value: "null"}, "account: \"null\"\n"},
		"a value with a colon":  {"", edit{name: "account", value: "a: b"}, "account: \"a: b\"\n"},
		"a value over lines":    {"account: >\n  a\n  b\ncolor: never\n", edit{name: "account", value: "c"}, "account: c\ncolor: never\n"},
		"in braces":             {"{color: never, json: true}\n", edit{name: "color", value: "auto"}, "{color: auto, json: true}\n"},
		"removed in braces":     {"{color: never, json: true}\n", edit{name: "color", remove: true}, "{json: true}\n"},
		"an unknown one stays":  {"sever: x\ncolor: never\n", edit{name: "color", value: "auto"}, "sever: x\ncolor: auto\n"},
		"an unknown one goes":   {"sever: x\ncolor: never\n", edit{name: "sever", remove: true}, "color: never\n"},
		"an empty document":     {"color: never\n---\n", edit{name: "color", value: "auto"}, "color: auto\n---\n"},
	} {
		t.Run(name, func(t *testing.T) {
			after, _, err := tt.edit.apply("config.yaml", []byte(tt.before))
			if err != nil || string(after) != tt.after {
				t.Errorf("%q (%v), want %q", after, err, tt.after)
			}
		})
	}
	for name, before := range map[string]string{
		"no YAML":   "color: [",
		"a list":    "- color\n",
		"twice":     "color: never\ncolor: auto\n",
		"two":       "color: never\n---\ncolor: auto\n",
		"no single": "color: [never]\n",
	} {
		if after, _, err := (edit{name: "json", value: "true"}).apply("config.yaml", []byte(before)); err == nil || !strings.Contains(err.Error(), "config.yaml") {
			t.Errorf("%s: %q, %v", name, after, err)
		}
	}
}

// FuzzEdit checks that an edit changes what it should and nothing else, or fails.
func FuzzEdit(f *testing.F) {
	for _, seed := range []string{"", "# c\nserver: x # y\n", "{a: b}", "a: |\n  b\nc: d", "a: &x b\nc: *x\n", "? a\n: b\n", "--- \na: b\n...\n", "\ufeffa: b\r\n"} {
		testfuzz.Add(f, seed, "color", "never #1")
	}
	f.Fuzz(func(t *testing.T, before, name, value string) {
		if !strings.Contains("server color account", name) || name == "" || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
			return
		}
		was, err := readPairs("", []byte(before))
		if err != nil {
			return
		}
		for _, e := range []edit{{name: name, value: value}, {name: name, remove: true}} {
			after, _, err := e.apply("", []byte(before))
			if err != nil {
				continue
			}
			got, err := readPairs("", after)
			if err != nil {
				t.Fatalf("%q became %q, which can't be read: %v", before, after, err)
			}
			if !e.remove && got[name] != value {
				t.Errorf("%q became %q: %q is %q", before, after, name, got[name])
			}
			delete(got, name)
			for other, text := range was {
				if other != name && got[other] != text {
					t.Errorf("%q became %q: %q changed", before, after, other)
				}
				delete(got, other)
			}
			if len(got) > 0 {
				t.Errorf("%q became %q, with %v", before, after, got)
			}
		}
	})
}

func TestSetAndUnsetOnTheDisk(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new")
	path := filepath.Join(folder, FileName)
	if found, err := Unset(t.Context(), path, "color"); found || err != nil {
		t.Errorf("unset in a file that is missing: %v, %v", found, err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unset made the file (%v)", err)
	}
	var writers sync.WaitGroup
	for _, name := range []string{"color", "json", "debug", "account"} {
		writers.Go(func() {
			value := map[string]string{"color": "never", "account": "a@b"}[name]
			if value == "" {
				value = "true"
			}
			if err := Set(t.Context(), path, name, value); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	pairs, err := readPairs(path, mustRead(t, path))
	if err != nil || len(pairs) != 4 || pairs["color"] != "never" {
		t.Errorf("after four writers at once: %v, %v", pairs, err)
	}

	if err := Set(t.Context(), filepath.Join(path, "below"), "color", "never"); err == nil {
		t.Error("a file in place of the folder: no error")
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// A change that was killed left a draft, which the next one removes.
func TestSetRemovesDrafts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	left := filepath.Join(filepath.Dir(path), ".draft-config.yaml-17")
	if err := os.WriteFile(left, []byte("color"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Set(t.Context(), path, "color", "never"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("the draft is still there: %v", err)
	}
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"color", "never", ""},
		{"server", "lab.org", ""},
		{"idle_timeout", "15m", ""},
		{"color", "green", `color: "green" is not one of auto, always, never`},
		{"json", "yes", "json: "},
		{"color", "", "color needs a value"},
		{"insecure_http", "true", "insecure_http can't be in the settings file: give --insecure-http"},
		{"passphrase_file", "x", "passphrase_file can't be in the settings file: set DXAUTH_PASSPHRASE_FILE"},
		{"project", "x", "project can't be in the settings file: set DX_PROJECT_CONTEXT_ID"},
		{"state_dir", "/x", "state_dir can't be in the settings file: set DXAUTH_STATE_DIR"},
		{"token", "secret-value", `unknown setting "token"`},
	} {
		err := Check(tt.name, tt.value)
		if (err == nil) != (tt.want == "") || err != nil && (!strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "secret-value")) {
			t.Errorf("%s %q: %v, want %q", tt.name, tt.value, err, tt.want)
		}
	}
}
