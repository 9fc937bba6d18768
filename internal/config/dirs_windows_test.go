package config

import "testing"

func TestLocateOnWindows(t *testing.T) {
	for title, test := range map[string]struct {
		env                   map[string]string
		config, state, origin string
	}{
		"the variables of Windows": {
			map[string]string{"AppData": `C:\roaming`, "LocalAppData": `C:\local`},
			`C:\roaming\dxauth`, `C:\local\dxauth`, "AppData",
		},
		"without its variables": {
			nil, `C:\Users\x\AppData\Roaming\dxauth`, `C:\Users\x\AppData\Local\dxauth`, "default",
		},
		"own variables": {
			map[string]string{"DXAUTH_CONFIG_DIR": `C:\own c`, "DXAUTH_STATE_DIR": `\\server\own`, "AppData": `C:\roaming`},
			`C:\own c`, `\\server\own`, "DXAUTH_CONFIG_DIR",
		},
	} {
		t.Run(title, func(t *testing.T) {
			home := func() (string, error) { return `C:\Users\x`, nil }
			got := locate("windows", func(name string) string { return test.env[name] }, home)
			if got.config.err != nil || got.state.err != nil || got.config.Value != test.config || got.state.Value != test.state {
				t.Errorf("got %+v, want %s and %s", got, test.config, test.state)
			}
			if got := got.config.Origin.String(); got != test.origin {
				t.Errorf("decided by %s, want %s", got, test.origin)
			}
		})
	}
}
