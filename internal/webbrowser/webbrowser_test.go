package webbrowser

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// environment makes a getenv of NAME=VALUE.
func environment(entries ...string) func(string) string {
	return func(name string) string {
		for _, entry := range entries {
			if key, value, _ := strings.Cut(entry, "="); key == name {
				return value
			}
		}
		return ""
	}
}

func TestIsHere(t *testing.T) {
	tests := map[string]struct {
		system  string
		entries []string
		want    bool
	}{
		"a desktop":                       {"linux", []string{"DISPLAY=:0"}, true},
		"a desktop with Wayland":          {"linux", []string{"WAYLAND_DISPLAY=wayland-0"}, true},
		"no display":                      {"linux", nil, false},
		"Linux in Windows":                {"linux", []string{"WSL_DISTRO_NAME=Debian"}, true},
		"a Mac":                           {"darwin", nil, true},
		"Windows":                         {"windows", nil, true},
		"over SSH":                        {"linux", []string{"DISPLAY=:0", "SSH_CONNECTION=192.0.2.1 1 192.0.2.2 22"}, false},
		"a Mac over SSH":                  {"darwin", []string{"SSH_TTY=/dev/ttys001"}, false},
		"over SSH, with a browser's name": {"linux", []string{"SSH_CLIENT=192.0.2.1 1 22", "BROWSER=remote-open"}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := (Browser{getenv: environment(tt.entries...), system: tt.system}).IsHere(); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	const address = "https://lab.example.org/?a=1&b=%20"
	tests := map[string]struct {
		system, browser string
		found           []string // programs that can be started
		want            []string // the command that is started; nil: none
	}{
		"the system's":                   {"linux", "", []string{"xdg-open"}, []string{"xdg-open", address}},
		"the next one":                   {"linux", "", []string{"x-www-browser"}, []string{"x-www-browser", address}},
		"a Mac":                          {"darwin", "", []string{"open"}, []string{"open", address}},
		"Windows":                        {"windows", "", []string{"rundll32"}, []string{"rundll32", "url.dll,FileProtocolHandler", address}},
		"that of the variable":           {"linux", "firefox", []string{"firefox", "xdg-open"}, []string{"firefox", address}},
		"with arguments":                 {"linux", "firefox --new-window %s -P work", []string{"firefox"}, []string{"firefox", "--new-window", address, "-P", "work"}},
		"the second of the variable":     {"linux", "firefox:chromium", []string{"chromium"}, []string{"chromium", address}},
		"a path of Windows":              {"windows", `C:\b.exe`, []string{`C:\b.exe`}, []string{`C:\b.exe`, address}},
		"the system's for want of it":    {"linux", "firefox::", []string{"xdg-open"}, []string{"xdg-open", address}},
		"characters of a shell are data": {"linux", "firefox;reboot", []string{"firefox;reboot"}, []string{"firefox;reboot", address}},
		"none":                           {"linux", "", nil, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var started []string
			b := Browser{getenv: environment("BROWSER=" + tt.browser), system: tt.system, start: func(cmd *exec.Cmd) error {
				if !slices.Contains(tt.found, cmd.Args[0]) {
					return exec.ErrNotFound
				}
				started = cmd.Args
				return nil
			}}
			if err := b.Open(address); errors.Is(err, ErrNone) != (tt.want == nil) {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(tt.want, started); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The browser gets no credential, and nothing that chooses one.
func TestTheBrowserGetsNoCredential(t *testing.T) {
	t.Setenv("DXAUTH_TOKEN", "secret")
	t.Setenv("DX_SECURITY_CONTEXT", "secret")
	t.Setenv("LANG", "C.UTF-8")
	var given []string
	b := Browser{getenv: environment(), start: func(cmd *exec.Cmd) error {
		given = cmd.Env
		return nil
	}}
	if err := b.Open("https://lab.example.org/"); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(given, "LANG=C.UTF-8") || slices.ContainsFunc(given, func(entry string) bool { return strings.HasSuffix(entry, "=secret") }) {
		t.Errorf("the browser gets %q", given)
	}
}
