package signin

import (
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/cli/clitest"
)

func TestLoginOptionsThatExclude(t *testing.T) {
	tests := map[string]struct {
		options loginOptions
		words   string
	}{
		"two tokens":             {loginOptions{token: "-", tokenFile: "f"}, "--token and --token-file"},
		"token and user":         {loginOptions{token: "x", username: "alice"}, "neither --username"},
		"token and password":     {loginOptions{token: "x", passwordStdin: true}, "nor --password-stdin"},
		"token file and user":    {loginOptions{tokenFile: "f", username: "alice"}, "neither --username"},
		"token and timeout":      {loginOptions{token: "x", timeout: "12h"}, "--timeout"},
		"token file and timeout": {loginOptions{tokenFile: "f", timeout: "12h"}, "--timeout"},
		"noprojects and project": {loginOptions{noProjects: true, project: "p"}, "--noprojects and --project"},
		"host alone":             {loginOptions{host: "h"}, "--host and --port"},
		"port alone":             {loginOptions{port: "443"}, "--host and --port"},
		"staging and a host":     {loginOptions{staging: true, host: "h", port: "443"}, "--staging and --host"},
		"an invalid timeout":     {loginOptions{timeout: "soon"}, "--timeout: "},
		"a zero timeout":         {loginOptions{timeout: "0"}, "not in the future"},
		"a timeout in the past":  {loginOptions{timeout: "2020-01-01"}, "not in the future"},
		"a timeout too long":     {loginOptions{timeout: "9000y"}, "--timeout: "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := tt.options.check(clitest.Noon())
			clitest.WantUsage(t, err, tt.words)
		})
	}
}

func TestLoginTimeout(t *testing.T) {
	for timeout, want := range map[string]time.Time{
		"": clitest.Noon().Add(18 * time.Hour), "12h": clitest.Noon().Add(12 * time.Hour), "30d": clitest.Noon().Add(30 * 24 * time.Hour),
		"2026-04-01": time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got, err := (loginOptions{timeout: timeout}).check(clitest.Noon()); err != nil || !got.Equal(want) {
			t.Errorf("--timeout %q ends at %s (%v), want %s", timeout, got, err, want)
		}
	}
}

const auth = "https://auth.lab.org"

func TestLoginTarget(t *testing.T) {
	lab := clitest.Setup{Args: []string{"--server=https://lab.org"}}
	tests := map[string]struct {
		clitest.Setup
		options   loginOptions
		api, auth string // for an error: "" and part of its message
	}{
		"from the settings":       {lab, loginOptions{protocol: "https"}, "https://lab.org", "https://lab.org"},
		"dx's host":               {clitest.Setup{}, loginOptions{host: "lab.org", port: "8443", protocol: "https"}, "https://lab.org:8443", "https://lab.org:8443"},
		"dx's host and a server":  {lab, loginOptions{host: "auth.lab.org", port: "443", protocol: "https"}, "https://lab.org", auth},
		"dx's host on loopback":   {clitest.Setup{}, loginOptions{host: "localhost", port: "8081", protocol: "http"}, "http://localhost:8081", "http://localhost:8081"},
		"an IPv6 address":         {clitest.Setup{}, loginOptions{host: "[::1]", port: "8081", protocol: "http"}, "http://[::1]:8081", "http://[::1]:8081"},
		"staging":                 {clitest.Setup{}, loginOptions{staging: true, protocol: "https"}, stagingServer, "https://stagingauth.dnanexus.com"},
		"staging over variables":  {clitest.Setup{Env: []string{"DXAUTH_SERVER=https://lab.org", "DXAUTH_AUTH_SERVER=" + auth}}, loginOptions{staging: true, protocol: "https"}, stagingServer, "https://stagingauth.dnanexus.com"},
		"plain text":              {clitest.Setup{}, loginOptions{host: "lab.org", port: "80", protocol: "http"}, "", "unencrypted"},
		"plain text, allowed":     {clitest.Setup{Args: []string{"--insecure-http"}}, loginOptions{host: "lab.org", port: "80", protocol: "http"}, "http://lab.org", "http://lab.org"},
		"another protocol":        {clitest.Setup{}, loginOptions{host: "lab.org", port: "443", protocol: "ftp"}, "", "ftp"},
		"another without a host":  {clitest.Setup{}, loginOptions{protocol: "ftp"}, "", "--protocol ftp"},
		"no port":                 {clitest.Setup{}, loginOptions{host: "lab.org", port: "https", protocol: "https"}, "", "port"},
		"a path":                  {clitest.Setup{}, loginOptions{host: "lab.org/x", port: "443", protocol: "https"}, "", "path"},
		"a password in it":        {clitest.Setup{}, loginOptions{host: "alice:pw@lab.org", port: "443", protocol: "https"}, "", "password"},
		"staging and --server":    {lab, loginOptions{staging: true, protocol: "https"}, "", "--staging and --server"},
		"host and --auth-server":  {clitest.Setup{Args: []string{"--auth-server=" + auth}}, loginOptions{host: "h", port: "1", protocol: "https"}, "", "--host and --auth-server"},
		"plain text in a setting": {clitest.Setup{Args: []string{"--server=http://lab.org"}}, loginOptions{protocol: "https"}, "", "unencrypted"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			inv := tt.Invocation(t)
			tt.options.settings = inv.Settings
			tt.options.client = inv.Client(inv.Console())
			found, err := tt.options.target()
			if tt.api == "" {
				clitest.WantUsage(t, err, tt.auth)
				return
			}
			if err != nil || found.API.URL() != tt.api || found.Auth.URL() != tt.auth {
				t.Errorf("target %s and %s (%v), want %s and %s", found.API.URL(), found.Auth.URL(), err, tt.api, tt.auth)
			}
		})
	}
}

func TestLifetime(t *testing.T) {
	tests := map[string]struct {
		expires time.Time
		idle    time.Duration
		want    string
	}{
		"nothing known": {time.Time{}, 0, "ends when the server says so"},
		"idle only":     {time.Time{}, 15 * time.Minute, "ends when the server says so, or after 15 minutes without use"},
		"both":          {clitest.Noon().Add(30 * 24 * time.Hour), 15 * time.Minute, "ends in 30 days, or after 15 minutes without use"},
		"a moment less": {clitest.Noon().Add(12*time.Hour - time.Second), 0, "ends in 12 hours"},
		"idle later":    {clitest.Noon().Add(10 * time.Second), 15 * time.Minute, "ends in 10 seconds"},
		"minutes":       {clitest.Noon().Add(90 * time.Second), 2 * time.Second, "ends in 1 minute 30 seconds, or after 2 seconds without use"},
		"over":          {clitest.Noon().Add(-time.Hour), 0, "ends in 0 seconds"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := lifetime(tt.expires, tt.idle, clitest.Noon()); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
