package config

import (
	"errors"
	"strings"
	"testing"
)

func TestLocate(t *testing.T) {
	const linux, macos, windows = "linux", "darwin", "windows"
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
		"Windows": {
			windows, map[string]string{"AppData": "/roaming", "LocalAppData": "/local"},
			"/roaming/dxauth", "/local/dxauth", "AppData",
		},
		"Windows without its variables": {
			windows, nil,
			"/home/x/AppData/Roaming/dxauth", "/home/x/AppData/Local/dxauth", "default",
		},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			home := func() (string, error) { return "/home/x", nil }
			got, err := locate(tt.goos, func(name string) string { return tt.env[name] }, home)
			if err != nil {
				t.Fatal(err)
			}
			if want := (Dirs{Config: tt.config, State: tt.state}); got.dirs != want {
				t.Errorf("got %+v, want %+v", got.dirs, want)
			}
			if got := got.configOrigin.String(); got != tt.configOrigin {
				t.Errorf("decided by %s, want %s", got, tt.configOrigin)
			}
		})
	}
}

func TestLocateWithoutHome(t *testing.T) {
	homeless := func() (string, error) { return "", errors.New("$HOME is not defined") }
	env := map[string]string{"DXAUTH_CONFIG_DIR": "/c"}
	getenv := func(name string) string { return env[name] }

	if _, err := locate("linux", getenv, homeless); err == nil || !strings.Contains(err.Error(), "DXAUTH_STATE_DIR") {
		t.Errorf("got error %v, want one that names DXAUTH_STATE_DIR", err)
	}
	env["DXAUTH_STATE_DIR"] = "/s"
	if _, err := locate("linux", getenv, homeless); err != nil {
		t.Errorf("with both variables no home is needed, but got %v", err)
	}
}
