//go:build unix

package config

import (
	"errors"
	"strings"
	"testing"
)

func TestLocate(t *testing.T) {
	const linux, macos = "linux", "darwin"
	tests := map[string]struct {
		goos          string
		env           map[string]string
		config, state string
		configOrigin  string
	}{
		"Linux":   {linux, nil, "/home/x/.config/dxauth", "/home/x/.local/state/dxauth", "default"},
		"FreeBSD": {"freebsd", nil, "/home/x/.config/dxauth", "/home/x/.local/state/dxauth", "default"},
		"XDG": {
			linux, map[string]string{"XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s"},
			"/c/dxauth", "/s/dxauth", "XDG_CONFIG_HOME",
		},
		"a relative XDG path is ignored": {
			linux, map[string]string{"XDG_CONFIG_HOME": "c", "XDG_STATE_HOME": "./s"},
			"/home/x/.config/dxauth", "/home/x/.local/state/dxauth", "default",
		},
		"own variables over XDG": {
			linux, map[string]string{
				"DXAUTH_CONFIG_DIR": "/own/c", "DXAUTH_STATE_DIR": "/own/s",
				"XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s",
			},
			"/own/c", "/own/s", "DXAUTH_CONFIG_DIR",
		},
		"macOS": {
			macos, map[string]string{"XDG_CONFIG_HOME": "/c"},
			"/home/x/Library/Application Support/dxauth", "/home/x/Library/Application Support/dxauth", "default",
		},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			home := func() (string, error) { return "/home/x", nil }
			got := locate(tt.goos, func(name string) string { return tt.env[name] }, home)
			if got.config.err != nil || got.state.err != nil || got.config.Value != tt.config || got.state.Value != tt.state {
				t.Errorf("got %+v, want %s and %s", got, tt.config, tt.state)
			}
			if got := got.config.Origin.String(); got != tt.configOrigin {
				t.Errorf("decided by %s, want %s", got, tt.configOrigin)
			}
		})
	}
}

// TestARelativeHomeIsNone: files would be wherever a command is run.
func TestARelativeHomeIsNone(t *testing.T) {
	got := locate("linux", func(string) string { return "" }, func() (string, error) { return "alice", nil })
	if got.config.err != nil || got.config.Value != "" {
		t.Errorf("got the settings folder %+v, want none and no error", got.config)
	}
	if got.state.err == nil || !strings.Contains(got.state.err.Error(), `set DXAUTH_STATE_DIR: "alice" is not an absolute path`) {
		t.Errorf("got the state folder %+v", got.state)
	}
}

// TestLocateWithoutHome: there is no settings file then, and no state folder unless
// a variable names one.
func TestLocateWithoutHome(t *testing.T) {
	homeless := func() (string, error) { return "", errors.New("$HOME is not defined") }
	env := map[string]string{}
	getenv := func(name string) string { return env[name] }

	got := locate("linux", getenv, homeless)
	if got.config.err != nil || got.config.Value != "" {
		t.Errorf("got the settings folder %+v, want none and no error", got.config)
	}
	if got.state.err == nil || !strings.Contains(got.state.err.Error(), "DXAUTH_STATE_DIR") {
		t.Errorf("got the state folder %+v, want an error that names DXAUTH_STATE_DIR", got.state)
	}
	env["DXAUTH_STATE_DIR"] = "/s"
	if got := locate("linux", getenv, homeless); got.state.err != nil || got.state.Value != "/s" {
		t.Errorf("with the variable no home is needed, but got %+v", got.state)
	}
}
