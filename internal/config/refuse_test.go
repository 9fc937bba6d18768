package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestLoadRefuses(t *testing.T) {
	tests := map[string]struct {
		setup
		want []string // parts of the error
	}{
		"unknown key":       {setup{yaml: "type: emx2\nservr: x"}, []string{"config.yaml:2:", `"servr"`, "auth_server, ca_cert"}},
		"key in upper case": {setup{yaml: "Server: https://x.org"}, []string{"config.yaml:1:", `"Server"`}},
		"key twice":         {setup{yaml: "type: emx2\n\ntype: auto"}, []string{"config.yaml:3:", "already set in line 1"}},
		"a list":            {setup{yaml: "server: [a, b]"}, []string{"config.yaml:1:", "single value"}},
		"no value":          {setup{yaml: "server:"}, []string{"config.yaml:1:", "server has no value"}},
		"empty value":       {setup{yaml: `server: ""`}, []string{"config.yaml:1:", "server has no value"}},
		"null":              {setup{yaml: "server: ~"}, []string{"config.yaml:1:", "server has no value"}},
		"not a mapping":     {setup{yaml: "- server"}, []string{"config.yaml:1:", "name: value"}},
		"not YAML":          {setup{yaml: "type: emx2\n  json: true"}, []string{"config.yaml: ", "line 2"}},
		"two documents":     {setup{yaml: "type: emx2\n---\ntype: auto"}, []string{"config.yaml:2:", "behind ---"}},
		"YAML, then not":    {setup{yaml: "type: emx2\n---\n\ttype: auto"}, []string{"config.yaml: ", "line 3"}},
		"Latin-1":           {setup{yaml: "account: \xe4"}, []string{"config.yaml is not UTF-8", "Latin-1"}},
		"no_input in file":  {setup{yaml: "no_input: true"}, []string{"config.yaml:1:", `"no_input"`}},
		"passphrase file":   {setup{yaml: "passphrase_file: /run/p"}, []string{"config.yaml:1:", `"passphrase_file"`}},
		"insecure in file":  {setup{yaml: "insecure_http: true"}, []string{"config.yaml:1:", `"insecure_http"`}},

		"type by flag":           {setup{args: []string{"--type=dx"}}, []string{"flag --type:", `"dx"`, "auto, dnanexus"}},
		"type by variable":       {setup{env: []string{"DXAUTH_TYPE=dx"}}, []string{"DXAUTH_TYPE:", `"dx"`, "auto, dnanexus"}},
		"type by file":           {setup{yaml: "\ntype: dx"}, []string{"config.yaml:2: type:", `"dx"`, "auto, dnanexus"}},
		"color":                  {setup{args: []string{"--color=blue"}}, []string{"flag --color:", "auto, always, never"}},
		"store":                  {setup{env: []string{"DXAUTH_STORE=cloud"}}, []string{"DXAUTH_STORE:", "auto, keyring, kernel, age, plaintext, helper:NAME"}},
		"unnamed helper":         {setup{args: []string{"--store=helper:"}}, []string{"flag --store:", "helper:NAME"}},
		"boolean variable":       {setup{env: []string{"DXAUTH_DEBUG=maybe"}}, []string{"DXAUTH_DEBUG:", "true, false, 1, 0"}},
		"boolean in file":        {setup{yaml: "json: yes"}, []string{"config.yaml:1: json:", "true, false, 1, 0"}},
		"no input":               {setup{env: []string{"DXAUTH_NO_INPUT=perhaps"}}, []string{"DXAUTH_NO_INPUT:", "true, false, 1, 0"}},
		"short connecting":       {setup{args: []string{"--connect-timeout=99ms"}}, []string{"flag --connect-timeout:", "between 100ms and 10m"}},
		"endless connecting":     {setup{env: []string{"DXAUTH_CONNECT_TIMEOUT=0"}}, []string{"DXAUTH_CONNECT_TIMEOUT:", "between 100ms and 10m"}},
		"connecting, no unit":    {setup{yaml: "connect_timeout: 30"}, []string{"config.yaml:1: connect_timeout:", "like 5s"}},
		"empty flag":             {setup{args: []string{"--server="}}, []string{"flag --server:", "needs a value"}},
		"server":                 {setup{env: []string{"DXAUTH_SERVER=ftp://x.org"}}, []string{"DXAUTH_SERVER:", "https, http"}},
		"server in file":         {setup{yaml: "server: https://x.org/a/../b"}, []string{"config.yaml:1: server:", "path"}},
		"path of an auth server": {setup{env: []string{"DXAUTH_AUTH_SERVER=https://x.org/molgenis"}}, []string{"DXAUTH_AUTH_SERVER:", "no path"}},
		"dx's host with a path":  {setup{env: []string{"DX_APISERVER_HOST=x.org/molgenis"}}, []string{"DX_APISERVER_HOST:", "DXAUTH_SERVER"}},
		"dx's with path, port":   {setup{env: []string{"DX_APISERVER_HOST=x.org/molgenis", "DX_APISERVER_PORT=443"}}, []string{"DX_APISERVER_HOST:", "DXAUTH_SERVER"}},
		"dx's auth with a path":  {setup{env: []string{"DX_AUTHSERVER_HOST=http://x.org/a"}}, []string{"DX_AUTHSERVER_HOST:", "no path"}},
		"helper elsewhere":       {setup{env: []string{"DXAUTH_STORE=helper:../x"}}, []string{"DXAUTH_STORE:", "helper:NAME"}},

		"NOVERIFY by dx":        {setup{env: []string{"DX_CA_CERT=NOVERIFY"}}, []string{"DX_CA_CERT:", "PEM file"}},
		"NOVERIFY":              {setup{env: []string{"DXAUTH_CA_CERT=NOVERIFY"}}, []string{"DXAUTH_CA_CERT:", "PEM file"}},
		"dx's port":             {setup{env: []string{"DX_APISERVER_HOST=x.org", "DX_APISERVER_PORT=http"}}, []string{"DX_APISERVER_PORT:", "65535"}},
		"dx's protocol":         {setup{env: []string{"DX_APISERVER_HOST=x.org", "DX_APISERVER_PROTOCOL=ftp"}}, []string{"DX_APISERVER_PROTOCOL:", "http, https"}},
		"dx's host as URL":      {setup{env: []string{"DX_APISERVER_HOST=https://x.org"}}, []string{"DX_APISERVER_HOST:", "DXAUTH_SERVER"}},
		"dx's host with port":   {setup{env: []string{"DX_APISERVER_HOST=x.org:80", "DX_APISERVER_PORT=80"}}, []string{"DX_APISERVER_HOST:", "not a host name"}},
		"dx's auth port":        {setup{env: []string{"DX_AUTHSERVER_HOST=x.org", "DX_AUTHSERVER_PORT=0"}}, []string{"DX_AUTHSERVER_PORT:", "65535"}},
		"dx's auth host":        {setup{env: []string{"DX_AUTHSERVER_HOST=ftp://x.org"}}, []string{"DX_AUTHSERVER_HOST:", "https, http"}},
		"authentication server": {setup{args: []string{"--auth-server=https://x.org?a=b"}}, []string{"flag --auth-server:", "no query"}},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			s, _ := tt.load(t)
			if len(s.Problems()) != 1 {
				t.Fatalf("the problems are %q, want one", s.Problems())
			}
			err := s.Problems()[0]
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q lacks %q", err, part)
				}
			}
		})
	}
}

func TestErrorsDoNotShowWhatMayBeASecret(t *testing.T) {
	const hidden = "hunter2"
	tests := map[string]setup{
		"a token in the file":     {yaml: "token: " + hidden},
		"a list in the file":      {yaml: "server: [" + hidden + "]"},
		"a password in a flag":    {args: []string{"--server=https://bob:" + hidden + "@x.org"}},
		"a token in a variable":   {env: []string{"DXAUTH_SERVER=https://x.org?token=" + hidden}},
		"a fragment":              {env: []string{"DXAUTH_SERVER=https://x.org#" + hidden}},
		"a path":                  {env: []string{"DXAUTH_SERVER=https://x.org/%20" + hidden}},
		"a password for dx":       {env: []string{"DX_APISERVER_HOST=bob:" + hidden + "@x.org"}},
		"a password for dx, port": {env: []string{"DX_AUTHSERVER_HOST=http://bob:" + hidden + "@x.org", "DX_AUTHSERVER_PORT=1"}},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			s, _ := tt.load(t)
			err := errors.Join(s.Problems()...)
			if err == nil {
				t.Fatal("no error")
			}
			if strings.Contains(err.Error(), hidden) {
				t.Errorf("error shows the secret: %q", err)
			}
		})
	}
}

func TestAnUnreadableFileIsAnError(t *testing.T) {
	dir := isolate(t)
	if err := os.Mkdir(filepath.Join(dir, FileName), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(pflag.NewFlagSet("dxauth", pflag.ContinueOnError)); err == nil {
		t.Error("no error for a folder in the place of config.yaml")
	}
}
