package config

import (
	"fmt"
	"path/filepath"
)

const appName = "dxauth"

// The names under which the folders are listed as settings.
const (
	keyConfigDir = "config_dir"
	keyStateDir  = "state_dir"
)

// folders are the folders of the program's own files, which need not exist: config of
// what the user writes, state of what the program writes.
type folders struct{ config, state resolved }

// place says how to find a folder: by a variable that names it, else by a system
// variable that names its parent, else as a path below home.
type place struct {
	own    string
	parent string // "" = the system has none
	home   []string
}

// locate finds the folders where users of the operating system expect them: XDG on
// Unix, Application Support on macOS, AppData on Windows.
func locate(goos string, getenv func(string) string, home func() (string, error)) folders {
	config := place{"DXAUTH_CONFIG_DIR", "XDG_CONFIG_HOME", []string{".config"}}
	state := place{"DXAUTH_STATE_DIR", "XDG_STATE_HOME", []string{".local", "state"}}
	switch goos {
	case "darwin", "ios":
		config.parent, config.home = "", []string{"Library", "Application Support"}
		state.parent, state.home = config.parent, config.home
	case "windows":
		config.parent, config.home = "AppData", []string{"AppData", "Roaming"}
		state.parent, state.home = "LocalAppData", []string{"AppData", "Local"}
	}

	f := folders{config: config.find(keyConfigDir, getenv, home), state: state.find(keyStateDir, getenv, home)}
	if f.config.Origin.Kind == KindDefault {
		f.config.err = nil // without a home directory there is no settings file
	}
	return f
}

func (p place) find(name string, getenv func(string) string, home func() (string, error)) resolved {
	found := func(path string, origin Origin, err error) resolved {
		return resolved{Setting{Name: name, Value: path, Origin: origin}, err}
	}
	byOwn := Origin{Kind: KindEnvironment, Name: p.own}
	if dir := getenv(p.own); dir != "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return found("", byOwn, fmt.Errorf("%s: %w", p.own, err))
		}
		return found(abs, byOwn, nil)
	}
	// The XDG specification says to ignore relative paths.
	if dir := getenv(p.parent); filepath.IsAbs(dir) {
		return found(filepath.Join(dir, appName), Origin{Kind: KindEnvironment, Name: p.parent}, nil)
	}
	dir, err := home()
	if err == nil && !filepath.IsAbs(dir) {
		err = fmt.Errorf("%q is not an absolute path", dir) // files would be wherever a command is run
	}
	if err != nil {
		return found("", Origin{Kind: KindDefault}, fmt.Errorf("no home directory, set %s: %w", p.own, err))
	}
	elements := append([]string{dir}, p.home...)
	return found(filepath.Join(append(elements, appName)...), Origin{Kind: KindDefault}, nil)
}
