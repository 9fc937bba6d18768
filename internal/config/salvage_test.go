package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refusal"
)

// TestAWrongSettingIsAnErrorWhereItIsUsed: what a flag or variable sets is usable
// whatever is wrong with the rest.
func TestAWrongSettingIsAnErrorWhereItIsUsed(t *testing.T) {
	const brokenFile = "sever: https://x.org\n"
	tests := map[string]struct {
		setup
		always bool     // it stops every command
		usable []string // of server, type, store, idle and debug
	}{
		"nothing is wrong":  {setup{}, false, []string{"server", "type", "store", "idle", "debug"}},
		"a variable":        {setup{env: []string{"DXAUTH_TYPE=dx"}}, false, []string{"server", "store", "idle", "debug"}},
		"several variables": {setup{env: []string{"DXAUTH_STORE=cloud", "DXAUTH_DEBUG=perhaps", "DXAUTH_IDLE_TIMEOUT=soon"}}, false, []string{"server", "type"}},
		"dx's port":         {setup{env: []string{"DX_APISERVER_HOST=x.org", "DX_APISERVER_PORT=http"}}, false, []string{"type", "store", "idle", "debug"}},
		"dx's port, with an own variable for the server": {
			setup{env: []string{"DXAUTH_SERVER=https://x.org", "DX_APISERVER_HOST=x.org", "DX_APISERVER_PORT=http"}},
			false, []string{"server", "type", "store", "idle", "debug"},
		},
		"a flag":            {setup{args: []string{"--type=dx"}}, true, []string{"server", "store", "idle", "debug"}},
		"a value in a file": {setup{yaml: "type: dx"}, false, []string{"server", "store", "idle", "debug"}},
		"the file":          {setup{yaml: brokenFile}, true, nil},
		"the file, with flags and variables for some": {
			setup{yaml: brokenFile, args: []string{"--server=https://x.org"}, env: []string{"DXAUTH_STORE=age"}},
			true, []string{"server", "store"},
		},
		"the file, with flags for the output": {
			setup{yaml: brokenFile, args: []string{"--json", "--color=never"}}, false, nil,
		},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			s, err := tt.load(t)
			if (err != nil) != tt.always || err != nil && refusal.CodeOf(err) != refusal.Usage {
				t.Errorf("error %v; want a usage error: %t", err, tt.always)
			}
			for name, read := range map[string]func() error{
				"server": func() error { _, err := s.Server(); return err },
				"type":   func() error { _, err := s.Type(); return err },
				"store":  func() error { _, err := s.Store(); return err },
				"idle":   func() error { _, err := s.IdleTimeout(); return err },
				"debug":  func() error { _, err := s.Debug(); return err },
			} {
				err := read()
				if usable := slices.Contains(tt.usable, name); (err == nil) != usable {
					t.Errorf("%s: error %v; want it usable: %t", name, err, usable)
				}
				if err != nil && refusal.CodeOf(err) != refusal.Usage {
					t.Errorf("%s: error %v is not a usage error", name, err)
				}
			}
		})
	}
}

// TestSalvaged: the defaults stand in for what is wrong, and only for that.
func TestSalvaged(t *testing.T) {
	s, _ := setup{
		args: []string{"--color=purple", "--json"}, env: []string{"DXAUTH_SERVER=https://x.org"}, yaml: "store: cloud",
	}.load(t)
	if len(s.Problems()) != 2 || s.Color != "auto" || !s.JSON {
		t.Errorf("problems %q, color %q, JSON %t", s.Problems(), s.Color, s.JSON)
	}
	salvaged := s.Salvaged()
	server, serverErr := salvaged.Server()
	store, storeErr := salvaged.Store()
	if server != "https://x.org" || store != "auto" || serverErr != nil || storeErr != nil || len(salvaged.Problems()) != 0 {
		t.Errorf("server %q, store %q, problems %q", server, store, salvaged.Problems())
	}
	if _, err := s.Store(); err == nil {
		t.Error("the settings themselves have changed")
	}
}

// TestNoInputWithAWrongValue: nothing is asked then, and the reason names the variable.
func TestNoInputWithAWrongValue(t *testing.T) {
	s, err := setup{env: []string{"DXAUTH_NO_INPUT=perhaps"}}.load(t)
	if err != nil || !strings.Contains(s.NoInput(), "DXAUTH_NO_INPUT: ") {
		t.Errorf("NoInput = %q, %v", s.NoInput(), err)
	}
}
