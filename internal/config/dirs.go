package config

import (
	"fmt"
	"path/filepath"
)

const appName = "dxauth"

// Dirs are the folders of the program's own files. They need not exist yet.
type Dirs struct {
	Config string // what the user writes: config.yaml
	State  string // what the program writes: the account index, locks, encrypted stores
}

// places are the folders and where their paths come from.
type places struct {
	dirs                      Dirs
	configOrigin, stateOrigin Origin
}

func (p places) settings() []Setting {
	return []Setting{
		{Name: "config_dir", Value: p.dirs.Config, Origin: p.configOrigin},
		{Name: "state_dir", Value: p.dirs.State, Origin: p.stateOrigin},
	}
}

// place says how to find a folder: by a variable that names it, else by a system
// variable that names its parent, else as a path below home.
type place struct {
	own    string
	parent string // "" = the system has none
	home   []string
}

// locate finds the folders where users of the operating system expect them: XDG on
// Unix, Application Support on macOS, AppData on Windows.
func locate(goos string, getenv func(string) string, home func() (string, error)) (places, error) {
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

	var p places
	var err error
	if p.dirs.Config, p.configOrigin, err = config.find(getenv, home); err != nil {
		return places{}, err
	}
	if p.dirs.State, p.stateOrigin, err = state.find(getenv, home); err != nil {
		return places{}, err
	}
	return p, nil
}

func (p place) find(getenv func(string) string, home func() (string, error)) (string, Origin, error) {
	if dir := getenv(p.own); dir != "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return "", Origin{}, fmt.Errorf("%s: %w", p.own, err)
		}
		return abs, Origin{Kind: KindEnvironment, Name: p.own}, nil
	}
	// The XDG specification says to ignore relative paths.
	if dir := getenv(p.parent); filepath.IsAbs(dir) {
		return filepath.Join(dir, appName), Origin{Kind: KindEnvironment, Name: p.parent}, nil
	}
	dir, err := home()
	if err != nil {
		return "", Origin{}, fmt.Errorf("no home directory, set %s: %w", p.own, err)
	}
	elements := append([]string{dir}, p.home...)
	return filepath.Join(append(elements, appName)...), Origin{Kind: KindDefault}, nil
}
