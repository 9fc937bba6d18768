// Package config reads the settings of dxauth and says where each value comes
// from.
//
// It promises one order for every setting: flag, then environment, then
// config.yaml, then default. A wrong value is an error that names its origin
// and what is allowed; so is an unknown key in config.yaml. The error is that of the
// commands that use the setting, and of no others. Nothing is guessed. config.yaml
// belongs to the user: only [Set] and [Unset] write it, one setting at a time, and leave
// everything else in it as it is.
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

	"github.com/dxauth/dxauth/internal/refusal"
)

// DefaultServer is the server to use if neither a setting nor a signed-in account
// names one.
const DefaultServer = "https://api.dnanexus.com"

// FileName is the name of the settings file in [Dirs].Config.
const FileName = "config.yaml"

// Settings are the settings of one run of the program. Load makes them.
//
// A wrong value is an error where it is used, and nowhere else: each setting that
// may be wrong has a method that returns it or a usage error.
type Settings struct {
	JSON  bool
	Quiet bool   // neither progress nor messages of success
	Color string // auto, always or never

	InsecureHTTP bool   // plain http also beyond loopback
	Project      string // id of a project
	Username     string // offered at the prompt

	// PassphraseFile is a file, or pipe, with the passphrase of the age store.
	PassphraseFile string

	resolved []resolved // sorted by name
}

// resolved is a setting, or why it has no value.
type resolved struct {
	Setting
	err error
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
	Kind string `json:"kind"` // one of the Kind constants
	Name string `json:"name"` // --server, DXAUTH_SERVER, a path; "" for a default
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
func (s Settings) Origin(name string) Origin { return s.find(name).Origin }

// IsSet reports whether a flag, a variable or the file sets the setting of that name.
func (s Settings) IsSet(name string) bool { return s.Origin(name).Kind != KindDefault }

func (s Settings) find(name string) resolved {
	for _, setting := range s.resolved {
		if setting.Name == name {
			return setting
		}
	}
	return resolved{Setting: Setting{Name: name, Origin: Origin{Kind: KindDefault}}}
}

// WrongSetting is the reason of a refusal of a setting.
const WrongSetting refusal.Reason = "wrong_setting"

// Wrong returns a usage error for a setting whose value turned out to be wrong when it was
// used; nil stays nil.
func Wrong(err error) error {
	if err == nil {
		return nil
	}
	return wrongSetting(err)
}

func wrongSetting(err error) error { return refusal.Usagef("%s", err).Because(WrongSetting).Wrap(err) }

// value returns the value of a setting, or a usage error.
func (s Settings) value(name string) (string, error) {
	setting := s.find(name)
	if setting.err != nil {
		return "", wrongSetting(setting.err)
	}
	return setting.Value, nil
}

// Server returns the base URL of the server; "" for the account's, else DefaultServer.
func (s Settings) Server() (string, error) { return s.value("server") }

// AuthServer returns the base URL of the auth server; "" for [AuthServerFor] the server.
func (s Settings) AuthServer() (string, error) { return s.value("auth_server") }

// Type returns auto, dnanexus, molgenis or emx2.
func (s Settings) Type() (string, error) { return s.value("type") }

// Account returns USER@HOST; "" for the current account.
func (s Settings) Account() (string, error) { return s.value("account") }

// Store returns auto, keyring, kernel, age, plaintext or helper:NAME.
func (s Settings) Store() (string, error) { return s.value("store") }

// CACert returns the path of a PEM file; "" for the system's authorities only.
func (s Settings) CACert() (string, error) { return s.value("ca_cert") }

// StateDir returns the folder of what the program writes: the account index, locks,
// encrypted stores. It need not exist.
func (s Settings) StateDir() (string, error) { return s.value(keyStateDir) }

// ConfigFile returns the path of the settings file, which need not exist; "" without a
// home directory.
func (s Settings) ConfigFile() string {
	if dir := s.find(keyConfigDir).Value; dir != "" {
		return filepath.Join(dir, FileName)
	}
	return ""
}

// IdleTimeout returns the time that shortens the server's idle limit; 0: no effect.
func (s Settings) IdleTimeout() (time.Duration, error) {
	value, err := s.value("idle_timeout")
	if err != nil {
		return 0, err
	}
	return time.ParseDuration(value)
}

// ConnectTimeout returns how long connecting to a server may take.
func (s Settings) ConnectTimeout() (time.Duration, error) {
	value, err := s.value("connect_timeout")
	if err != nil {
		return 0, err
	}
	return time.ParseDuration(value)
}

// Debug reports whether requests are shown.
func (s Settings) Debug() (bool, error) {
	value, err := s.value("debug")
	return value == strconv.FormatBool(true), err
}

// NoInput returns why prompts are not allowed, such as "CI is set" or the error of a wrong
// setting; "" if they are allowed.
func (s Settings) NoInput() string {
	setting := s.find(keyNoInput)
	switch {
	case setting.err != nil:
		return setting.err.Error()
	case setting.Value == strconv.FormatBool(true):
		return setting.Origin.Name + " is set"
	default:
		return ""
	}
}

// All returns every setting, sorted by name; one that is wrong has no value. No value
// is a secret.
func (s Settings) All() []Setting {
	all := make([]Setting, 0, len(s.resolved))
	for _, setting := range s.resolved {
		all = append(all, setting.Setting)
	}
	return all
}

// Problems returns what is wrong with the settings, each problem once.
func (s Settings) Problems() []error {
	var problems []error
	for _, setting := range s.resolved {
		known := func(err error) bool { return err.Error() == setting.err.Error() }
		if setting.err != nil && !slices.ContainsFunc(problems, known) {
			problems = append(problems, setting.err)
		}
	}
	return problems
}

// Salvaged returns the settings with the defaults in place of wrong values, for a
// command that must run in any case. A folder has no default.
func (s Settings) Salvaged() Settings {
	s.resolved = slices.Clone(s.resolved)
	for _, o := range options() {
		i := slices.IndexFunc(s.resolved, func(r resolved) bool { return r.Name == o.name })
		if i >= 0 && s.resolved[i].err != nil {
			s.resolved[i] = resolved{Setting: Setting{Name: o.name, Value: o.def, Origin: Origin{Kind: KindDefault}}}
		}
	}
	return s
}

// BindGlobalFlags declares the flags that every command takes.
func BindGlobalFlags(flags *pflag.FlagSet) {
	for _, o := range options() {
		switch {
		case o.usage == "":
		case o.boolean:
			flags.BoolP(o.flag, o.short, false, o.usage)
		default:
			flags.String(o.flag, o.def, o.usage)
		}
		if o.hidden {
			_ = flags.MarkHidden(o.flag) // fails for unknown flags only
		}
	}
	bindDXFlags(flags)
}

// CheckFlags returns a usage error for a global flag that is wrong, also for a command
// that reads no settings.
func CheckFlags(flags *pflag.FlagSet) error {
	if v := (variables{os.Getenv, flags}); v.namesServer() {
		if _, _, err := dxServer(v); err != nil { // which names the flag
			return wrongSetting(err)
		}
	}
	for _, o := range options() {
		flag := flags.Lookup(o.flag)
		if flag == nil || !flag.Changed {
			continue
		}
		origin := Origin{Kind: KindFlag, Name: "--" + o.flag}
		if _, err := o.check(flag.Value.String(), origin); err != nil {
			return wrongSetting(fmt.Errorf("%s: %w", origin, err))
		}
	}
	return nil
}

// Load resolves the settings from the parsed flags of a command, the process
// environment and config.yaml. Besides the global flags it reads the flag --store,
// which only some commands have. A missing config.yaml is not an error.
//
// Its error is what stops every command: a wrong flag, and a config.yaml that should
// say how to show results and can't be read. The settings are usable nevertheless.
func Load(flags *pflag.FlagSet) (Settings, error) {
	folders := locate(runtime.GOOS, os.Getenv, os.UserHomeDir)
	layers, err := newLayers(flags, folders.readFile())
	if err != nil {
		return Settings{}, err
	}
	s := Settings{resolved: append(layers.resolveAll(), folders.config, folders.state)}
	slices.SortFunc(s.resolved, func(a, b resolved) int { return strings.Compare(a.Name, b.Name) })
	err = s.checkAlways()
	usable := s.Salvaged()
	s.Quiet = usable.isOn("quiet")
	s.JSON, s.InsecureHTTP = usable.isOn("json"), usable.isOn("insecure_http")
	s.Color, s.Project = usable.find("color").Value, usable.find("project").Value
	s.Username, s.PassphraseFile = usable.find("username").Value, usable.find("passphrase_file").Value
	return s, err
}

func (s Settings) isOn(name string) bool { return s.find(name).Value == strconv.FormatBool(true) }

// checkAlways returns the first error that stops every command.
func (s Settings) checkAlways() error {
	for _, setting := range s.resolved {
		isOutput := setting.Name == "json" || setting.Name == "color"
		if setting.err != nil && (isOutput || setting.Origin.Kind == KindFlag) {
			return wrongSetting(setting.err)
		}
	}
	return nil
}
