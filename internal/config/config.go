// Package config reads the settings of dxauth and says where each value comes
// from.
//
// It promises one order for every setting: flag, then environment, then
// config.yaml, then default. A wrong value is an error that names its origin
// and what is allowed; so is an unknown key in config.yaml. Nothing is guessed and
// nothing is written: config.yaml belongs to the user.
//
// dx's own variables, such as DX_APISERVER_HOST, are read after dxauth's, so that
// a shell prepared for dx works unchanged.
//
// Secrets don't pass through the settings. The one credential that the
// environment may hold is read by [CredentialFromEnv] into a secret.Text.
package config

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// DefaultServer is the server to use if neither a setting nor a signed-in account
// names one.
const DefaultServer = "https://api.dnanexus.com"

// FileName is the name of the settings file in [Dirs].Config.
const FileName = "config.yaml"

// Settings are the settings of one run of the program. Load makes them.
type Settings struct {
	Server       string        // base URL; "" = the account's, else DefaultServer
	AuthServer   string        // base URL; "" = AuthServerFor the server
	Type         string        // auto, dnanexus, molgenis or emx2
	Account      string        // USER@HOST; "" = the current one
	Store        string        // auto, keyring, kernel, age, plaintext or helper:NAME
	CACert       string        // path of a PEM file; "" = the system's authorities
	Color        string        // auto, always or never
	IdleTimeout  time.Duration // shortens the server's limit; 0: no effect
	JSON         bool
	Debug        bool
	InsecureHTTP bool   // plain http also beyond loopback
	Project      string // id of a project
	Username     string // offered at the prompt

	// PassphraseFile is a file, or pipe, with the passphrase of the age store.
	PassphraseFile string

	// NoInput says why prompts are not allowed: "--no-input", "DXAUTH_NO_INPUT"
	// or "CI". Empty means that they are allowed.
	NoInput string

	Dirs Dirs

	resolved []Setting // sorted by name
}

// Setting is one resolved setting. Name is its key in config.yaml, even if the
// setting is not allowed in that file.
type Setting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Origin Origin `json:"origin"`
}

// The kinds of an origin, strongest first.
const (
	KindFlag        = "flag"
	KindEnvironment = "environment"
	KindFile        = "file"
	KindDefault     = "default"
)

// Origin says where a value comes from.
type Origin struct {
	Kind string `json:"kind"`           // one of the Kind constants
	Name string `json:"name,omitempty"` // --server, DXAUTH_SERVER, a path; "" for a default
}

// String returns the origin as a message shows it: "flag --server",
// "DXAUTH_SERVER", "/home/x/.config/dxauth/config.yaml", "default".
func (o Origin) String() string {
	switch o.Kind {
	case KindFlag:
		return "flag " + o.Name
	case KindEnvironment, KindFile:
		return o.Name
	default:
		return KindDefault
	}
}

// Origin returns where the setting of that name comes from: "default" for one that
// is not set.
func (s Settings) Origin(name string) Origin {
	for _, setting := range s.resolved {
		if setting.Name == name {
			return setting.Origin
		}
	}
	return Origin{Kind: KindDefault}
}

// All returns every setting, sorted by name. No value is a secret.
func (s Settings) All() []Setting { return slices.Clone(s.resolved) }

// BindGlobalFlags declares the flags that every command takes.
func BindGlobalFlags(flags *pflag.FlagSet) {
	for _, o := range options() {
		switch {
		case o.usage == "":
		case o.boolean:
			flags.Bool(o.flag, false, o.usage)
		default:
			flags.String(o.flag, o.def, o.usage)
		}
	}
}

// Load resolves the settings from the parsed flags of a command, the process
// environment and config.yaml. Besides the global flags it reads the flag --store,
// which only some commands have. A missing config.yaml is not an error.
func Load(flags *pflag.FlagSet) (Settings, error) {
	places, err := locate(runtime.GOOS, os.Getenv, os.UserHomeDir)
	if err != nil {
		return Settings{}, err
	}
	file, err := readFile(filepath.Join(places.dirs.Config, FileName))
	if err != nil {
		return Settings{}, err
	}
	return load(flags, places, file)
}

// Salvage is for commands that must run even if Load fails: it ignores config.yaml
// and, if a flag or the environment is invalid too, uses the defaults. Without a
// home directory the folders are "".
func Salvage(flags *pflag.FlagSet) Settings {
	places, err := locate(runtime.GOOS, os.Getenv, os.UserHomeDir)
	if err == nil {
		if s, err := load(flags, places, file{}); err == nil {
			return s
		}
	}
	json, err := flags.GetBool("json")
	return Settings{Dirs: places.dirs, Type: "auto", Store: "auto", Color: "auto", JSON: err == nil && json}
}

func load(flags *pflag.FlagSet, places places, file file) (Settings, error) {
	layers, err := newLayers(flags, file)
	if err != nil {
		return Settings{}, err
	}
	resolved, err := layers.resolveAll()
	if err != nil {
		return Settings{}, err
	}

	s, err := decode(resolved)
	if err != nil {
		return Settings{}, err
	}
	s.Dirs = places.dirs
	s.resolved = append(resolved, places.settings()...)
	slices.SortFunc(s.resolved, func(a, b Setting) int { return strings.Compare(a.Name, b.Name) })
	return s, nil
}

// decode returns the settings from values in their normal form. Viper could do it by
// reflection, but that would take as long as the rest of Load.
func decode(resolved []Setting) (Settings, error) {
	set := make(map[string]Setting, len(resolved))
	for _, setting := range resolved {
		set[setting.Name] = setting
	}
	value := func(name string) string { return set[name].Value }
	isOn := func(name string) bool { return value(name) == strconv.FormatBool(true) }
	idle, err := time.ParseDuration(value("idle_timeout"))
	if err != nil {
		return Settings{}, fmt.Errorf("idle_timeout: %w", err)
	}
	s := Settings{
		Server: value("server"), AuthServer: value("auth_server"), Type: value("type"), Account: value("account"),
		Store: value("store"), PassphraseFile: value("passphrase_file"), IdleTimeout: idle,
		CACert: value("ca_cert"), InsecureHTTP: isOn("insecure_http"),
		JSON: isOn("json"), Color: value("color"), Debug: isOn("debug"),
		Project: value("project"), Username: value("username"),
	}
	if isOn(keyNoInput) {
		s.NoInput = set[keyNoInput].Origin.Name
	}
	return s, nil
}
