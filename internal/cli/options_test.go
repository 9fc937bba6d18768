package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func wantUsage(t *testing.T, err error, words string) {
	t.Helper()
	var failure *refusal.Error
	if !errors.As(err, &failure) || failure.Code != refusal.Usage || !strings.Contains(failure.Message, words) {
		t.Errorf("error %v, want a usage error that says %q", err, words)
	}
}

func TestLoginOptionsThatExclude(t *testing.T) {
	tests := map[string]struct {
		options loginOptions
		words   string
	}{
		"two tokens":               {loginOptions{token: "-", tokenFile: "f"}, "--token and --token-file"},
		"token and user":           {loginOptions{token: "x", username: "alice"}, "neither --username"},
		"token and password":       {loginOptions{token: "x", passwordStdin: true}, "nor --password-stdin"},
		"token file and user":      {loginOptions{tokenFile: "f", username: "alice"}, "neither --username"},
		"token and timeout":        {loginOptions{token: "x", timeout: "12h"}, "--timeout"},
		"token file and timeout":   {loginOptions{tokenFile: "f", timeout: "12h"}, "--timeout"},
		"no project and one":       {loginOptions{noProjects: true, project: "p"}, "--noprojects and --project"},
		"host alone":               {loginOptions{host: "h"}, "--host and --port"},
		"port alone":               {loginOptions{port: "443"}, "--host and --port"},
		"staging and a host":       {loginOptions{staging: true, host: "h", port: "443"}, "--staging and --host"},
		"a timeout of nonsense":    {loginOptions{timeout: "soon"}, "--timeout: "},
		"a timeout of nothing":     {loginOptions{timeout: "0"}, "not in the future"},
		"a timeout in the past":    {loginOptions{timeout: "2020-01-01"}, "not in the future"},
		"a timeout without an end": {loginOptions{timeout: "9000y"}, "--timeout: "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := tt.options.check(noon)
			wantUsage(t, err, tt.words)
		})
	}
}

func TestLoginTimeout(t *testing.T) {
	for timeout, want := range map[string]time.Time{
		"": noon.Add(30 * 24 * time.Hour), "12h": noon.Add(12 * time.Hour), "30d": noon.Add(30 * 24 * time.Hour),
		"2026-04-01": time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got, err := (loginOptions{timeout: timeout}).check(noon); err != nil || !got.Equal(want) {
			t.Errorf("--timeout %q ends at %s (%v), want %s", timeout, got, err, want)
		}
	}
}

// setup is what a person has set: flags, variables ("NAME=value") and
// config.yaml.
type setup struct {
	args []string
	env  []string
	yaml string
}

func (s setup) app(t *testing.T) *app {
	t.Helper()
	dir := isolate(t)
	for _, pair := range s.env {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(s.yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := pflag.NewFlagSet("dxauth", pflag.ContinueOnError)
	config.BindGlobalFlags(flags)
	if err := flags.Parse(s.args); err != nil {
		t.Fatal(err)
	}
	settings, err := config.Load(flags)
	if err != nil {
		t.Fatal(err)
	}
	return &app{
		Env:      kit.Env{Program: "dxauth", Version: "test", Now: func() time.Time { return noon }},
		settings: settings,
	}
}

// isolate empties every variable that the program heeds, and returns the folder
// of config.yaml; the state folder is state beside it.
func isolate(t *testing.T) (configDir string) {
	t.Helper()
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "DX") || name == "CI" {
			t.Setenv(name, "")
		}
	}
	dir := t.TempDir()
	t.Setenv("DXAUTH_CONFIG_DIR", dir)
	t.Setenv("DXAUTH_STATE_DIR", filepath.Join(dir, "state"))
	return dir
}

const auth = "https://auth.lab.org"

func TestLoginTarget(t *testing.T) {
	lab := setup{args: []string{"--server=https://lab.org"}}
	tests := map[string]struct {
		setup
		options   loginOptions
		api, auth string // or "" and words of the error
	}{
		"the settings'":            {lab, loginOptions{}, "https://lab.org", "https://lab.org"},
		"dx's host":                {setup{}, loginOptions{host: "lab.org", port: "8443", protocol: "https"}, "https://lab.org:8443", "https://lab.org:8443"},
		"dx's host and a server":   {lab, loginOptions{host: "auth.lab.org", port: "443", protocol: "https"}, "https://lab.org", auth},
		"dx's host on loopback":    {setup{}, loginOptions{host: "localhost", port: "8081", protocol: "http"}, "http://localhost:8081", "http://localhost:8081"},
		"an IPv6 address":          {setup{}, loginOptions{host: "[::1]", port: "8081", protocol: "http"}, "http://[::1]:8081", "http://[::1]:8081"},
		"staging":                  {setup{}, loginOptions{staging: true}, stagingServer, "https://stagingauth.dnanexus.com"},
		"staging over variables":   {setup{env: []string{"DXAUTH_SERVER=https://lab.org", "DXAUTH_AUTH_SERVER=" + auth}}, loginOptions{staging: true}, stagingServer, "https://stagingauth.dnanexus.com"},
		"plain text":               {setup{}, loginOptions{host: "lab.org", port: "80", protocol: "http"}, "", "unencrypted"},
		"plain text, as told":      {setup{args: []string{"--insecure-http"}}, loginOptions{host: "lab.org", port: "80", protocol: "http"}, "http://lab.org", "http://lab.org"},
		"another protocol":         {setup{}, loginOptions{host: "lab.org", port: "443", protocol: "ftp"}, "", "ftp"},
		"no port":                  {setup{}, loginOptions{host: "lab.org", port: "https", protocol: "https"}, "", "port"},
		"a path":                   {setup{}, loginOptions{host: "lab.org/x", port: "443", protocol: "https"}, "", "path"},
		"a password in it":         {setup{}, loginOptions{host: "alice:pw@lab.org", port: "443", protocol: "https"}, "", "password"},
		"staging and --server":     {lab, loginOptions{staging: true}, "", "--staging and --server"},
		"host and --auth-server":   {setup{args: []string{"--auth-server=" + auth}}, loginOptions{host: "h", port: "1", protocol: "https"}, "", "--host and --auth-server"},
		"plain text in a settings": {setup{args: []string{"--server=http://lab.org"}}, loginOptions{}, "", "unencrypted"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			found, err := tt.app(t).loginTarget(tt.options)
			if tt.api == "" {
				wantUsage(t, err, tt.auth)
				return
			}
			if err != nil || found.api.URL() != tt.api || found.auth.URL() != tt.auth {
				t.Errorf("target %s and %s (%v), want %s and %s", found.api.URL(), found.auth.URL(), err, tt.api, tt.auth)
			}
		})
	}
}

func TestEndText(t *testing.T) {
	tests := []struct {
		kind         session.Kind
		reason, want string
	}{
		{session.Interactive, "idle", "logged out of lab.org after 15 minutes of inactivity"},
		{session.Interactive, "", "logged out: lab.org does not accept the session of alice any more"},
		{session.Interactive, "revoked", "logged out: the session of alice at lab.org has ended (revoked)"},
		{session.Token, "expired", "logged out: the token of alice at lab.org has ended (expired)"},
	}
	for _, tt := range tests {
		account := session.Account{Host: "lab.org", User: "alice", Kind: tt.kind, IdleSeconds: 900}
		if got := endText(account, tt.reason, 15*time.Minute); got != tt.want {
			t.Errorf("for %q: %q, want %q", tt.reason, got, tt.want)
		}
	}
}

func TestLifetime(t *testing.T) {
	tests := map[string]struct {
		expires time.Time
		idle    int64
		want    string
	}{
		"nothing known": {time.Time{}, 0, "ends when the server says so"},
		"idle only":     {time.Time{}, 900, "ends when the server says so, or after 15 minutes without use"},
		"both":          {noon.Add(30 * 24 * time.Hour), 900, "ends in 30 days, or after 15 minutes without use"},
		"a moment less": {noon.Add(12*time.Hour - time.Second), 0, "ends in 12 hours"},
		"over":          {noon.Add(-time.Hour), 0, "ends in 0 seconds"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			account := session.Account{Expires: tt.expires, IdleSeconds: tt.idle}
			if got := (setup{}).app(t).lifetime(account); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestDeadline(t *testing.T) {
	local := func(at time.Time) string { return at.Local().Format(time.DateTime) }
	soon, over := noon.Add(90*time.Second+400*time.Millisecond), noon
	tests := map[string]struct {
		at   *time.Time
		want string
	}{
		"none": {nil, "not known here, or never"},
		"soon": {&soon, local(soon) + " (in 1 minute 30 seconds)"},
		"over": {&over, local(over) + " (over)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := (setup{}).app(t).deadline(tt.at); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
