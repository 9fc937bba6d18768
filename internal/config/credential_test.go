package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// environ makes a getenv of NAME=value pairs.
func environ(pairs ...string) func(string) string {
	return func(name string) string {
		for _, pair := range pairs {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCredentialFromEnv(t *testing.T) {
	const context = `DX_SECURITY_CONTEXT={"auth_token": "ctx", "auth_token_type": "bearer"}`
	file := writeFile(t, "\n  fromfile \r\n")
	tests := map[string]struct {
		env                 []string
		token, kind, origin string // origin "" = there is none
	}{
		"nothing":            {nil, "", "", ""},
		"own token":          {[]string{"DXAUTH_TOKEN=own", "DXAUTH_TOKEN_FILE=" + file, "DX_API_TOKEN=api", context}, "own", "Bearer", "DXAUTH_TOKEN"},
		"token file":         {[]string{"DXAUTH_TOKEN_FILE=" + file, "DX_API_TOKEN=api", context}, "fromfile", "Bearer", "DXAUTH_TOKEN_FILE"},
		"token of dx":        {[]string{"DX_API_TOKEN=api", context}, "api", "Bearer", "DX_API_TOKEN"},
		"security context":   {[]string{context}, "ctx", "bearer", "DX_SECURITY_CONTEXT"},
		"context, no type":   {[]string{`DX_SECURITY_CONTEXT={"auth_token":"ctx"}`}, "ctx", "Bearer", "DX_SECURITY_CONTEXT"},
		"white space is cut": {[]string{"DXAUTH_TOKEN= own\n"}, "own", "Bearer", "DXAUTH_TOKEN"},

		"an empty variable is none":   {[]string{"DXAUTH_TOKEN=", "DX_API_TOKEN=api"}, "api", "Bearer", "DX_API_TOKEN"},
		"PUBLIC is nobody":            {[]string{"DX_API_TOKEN=PUBLIC"}, "", "", ""},
		"nobody in the context":       {[]string{`DX_SECURITY_CONTEXT={"auth_token":"PUBLIC","auth_token_type":"Bearer"}`}, "", "", ""},
		"no token in the context":     {[]string{`DX_SECURITY_CONTEXT={"auth_token":"","auth_token_type":"Bearer"}`}, "", "", ""},
		"an empty context":            {[]string{"DX_SECURITY_CONTEXT={}"}, "", "", ""},
		"the next one after a PUBLIC": {[]string{"DX_API_TOKEN=PUBLIC", context}, "ctx", "bearer", "DX_SECURITY_CONTEXT"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			got, ok, err := CredentialFromEnv(t.Context(), environ(tt.env...))
			if err != nil {
				t.Fatal(err)
			}
			if want := tt.origin != ""; ok != want {
				t.Fatalf("found = %v, want %v", ok, want)
			}
			if got.Token.Reveal() != tt.token || got.Type != tt.kind || got.Origin != tt.origin {
				t.Errorf("got %s %s from %s, want %s %s from %s",
					got.Type, got.Token.Reveal(), got.Origin, tt.kind, tt.token, tt.origin)
			}
		})
	}
}

func TestCredentialFromEnvRefusesWithoutShowing(t *testing.T) {
	const hidden = "hunter2"
	tests := map[string]string{ // pair by title; the error names the variable
		"broken JSON":         `DX_SECURITY_CONTEXT={"auth_token": "` + hidden,
		"a bare token":        `DX_SECURITY_CONTEXT=` + hidden,
		"text after the JSON": `DX_SECURITY_CONTEXT={"auth_token":"t"} ` + hidden,
		"a list":              `DX_SECURITY_CONTEXT=["` + hidden + `"]`,
		"a token of a number": `DX_SECURITY_CONTEXT={"auth_token": 1, "x": "` + hidden + `"}`,
		"a line break inside": "DXAUTH_TOKEN=" + hidden + "\nX-Evil: 1",
		"a blank inside":      "DX_API_TOKEN=Bearer " + hidden,
		"beyond ASCII":        "DX_API_TOKEN=" + hidden + "é",
		"a bad type":          `DX_SECURITY_CONTEXT={"auth_token":"` + hidden + `","auth_token_type":"a\nb"}`,
		"two lines in a file": "DXAUTH_TOKEN_FILE=" + writeFile(t, hidden+"\n"+hidden),
		"a file too large":    "DXAUTH_TOKEN_FILE=" + writeFile(t, hidden+strings.Repeat("x", maxTokenFile)),
		"an empty file":       "DXAUTH_TOKEN_FILE=" + writeFile(t, " \n"),
		"no such file":        "DXAUTH_TOKEN_FILE=" + filepath.Join(t.TempDir(), "absent"),
		"a folder":            "DXAUTH_TOKEN_FILE=" + t.TempDir(),
	}
	for title, pair := range tests {
		t.Run(title, func(t *testing.T) {
			got, ok, err := CredentialFromEnv(t.Context(), environ(pair, `DX_SECURITY_CONTEXT={"auth_token":"next"}`))
			if err == nil {
				t.Fatalf("got %v, %v, want an error", got, ok)
			}
			if variable, _, _ := strings.Cut(pair, "="); !strings.HasPrefix(err.Error(), variable+": ") {
				t.Errorf("error %q does not begin with %s", err, variable)
			}
			if strings.Contains(err.Error(), hidden) {
				t.Errorf("error shows the secret: %q", err)
			}
		})
	}
}
