package keyless

import (
	"testing"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestFlags(t *testing.T) {
	tests := map[string]struct {
		flags Flags
		words string // of a usage error; empty: none
	}{
		"none":                {Flags{}, ""},
		"a file":              {Flags{File: "token"}, ""},
		"standard input":      {Flags{File: "-"}, ""},
		"the CI system":       {Flags{Source: "auto"}, ""},
		"both":                {Flags{File: "token", Source: "auto"}, "--id-token-file and --id-token"},
		"a rule":              {Flags{Source: "auto", Rule: "rule-1"}, ""},
		"an org alone":        {Flags{Org: "genomics"}, "require --id-token"},
		"a rule alone":        {Flags{Rule: "rule-1"}, "require --id-token"},
		"another source":      {Flags{Source: "github"}, "the only source is auto"},
		"a token as argument": {Flags{Source: "e30.e30.c2ln"}, "does not belong on a command line"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tt.flags.Check()
			if tt.words == "" && err != nil {
				t.Errorf("got %v", err)
			}
			if tt.words != "" {
				clitest.WantUsage(t, err, tt.words)
			}
		})
	}
}

// Another secret is not sent by mistake.
func TestIsJWT(t *testing.T) {
	for text, want := range map[string]bool{
		"e30.e30.c2ln":                     true,
		"e30.e30.":                         false, // not signed
		"e30.e30":                          false,
		"e30.e30.c2ln.e30.e30":             false, // encrypted
		"0123456789abcdefghijABCDEFGHIJ01": false,
		"api.example.org":                  false,
		"a password. with. dots":           false,
		"":                                 false,
	} {
		if got := isJWT(secret.New(text)); got != want {
			t.Errorf("%q: got %t", text, got)
		}
	}
}
