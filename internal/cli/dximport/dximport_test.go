package dximport

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/dxenv"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestPlainTokensPutsCopiesTogether(t *testing.T) {
	tok := func(path, server, token string) dxenv.Copy {
		return dxenv.Copy{Path: path, Server: server, Token: secret.New(token), Type: "Bearer"}
	}
	got := map[string][]string{}
	for _, token := range plainTokens([]dxenv.Copy{
		tok("user", "https://a", "one"), tok("s/1", "https://a", "two"), tok("s/2", "https://a", "one"), tok("s/3", "https://b", "one"),
		tok("s/4", "https://A:443", "two"), tok("s/5", "https://no host", "one"),
	}) {
		got[token.server+" "+token.credential.Token.Reveal()] = token.files
	}
	want := map[string][]string{"https://a one": {"user", "s/2"}, "https://a two": {"s/1", "s/4"}, "https://b one": {"s/3"}, "https://no host one": {"s/5"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the tokens (-want +got):\n%s", diff)
	}
}

// TestImportTarget: an auth server that is set for this machine's own platform
// gets no token of another.
func TestImportTarget(t *testing.T) {
	o := importWith(t, "http://127.0.0.1:9001")
	tests := map[string]struct{ auth, failure string }{
		"http://127.0.0.1:9000":    {auth: "http://127.0.0.1:9001"},
		"https://api.dnanexus.com": {auth: "https://auth.dnanexus.com"},
		"https://lab.example":      {auth: "https://lab.example"},
		"http://lab.example":       {failure: "http://lab.example would get passwords and tokens unencrypted; use https, or allow it with --insecure-http"},
		"https://a b":              {failure: `"a b" is not a host name (an international one is written in its xn-- form)`},
	}
	for server, want := range tests {
		t.Run(server, func(t *testing.T) {
			got, err := o.target(server)
			if failure := textOf(err); failure != want.failure || got.Auth.URL() != want.auth {
				t.Errorf("got %q, %q", got.Auth.URL(), failure)
			}
		})
	}
}

func TestImportTargetStaysOnThisMachine(t *testing.T) {
	o := importWith(t, "https://auth.lab.example")
	got, err := o.target("http://127.0.0.1:9000")
	if err != nil || got.Auth.URL() != "http://127.0.0.1:9000" {
		t.Errorf("got %q, %v", got.Auth.URL(), err)
	}
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func importWith(t *testing.T, authServer string) options {
	inv := clitest.Setup{}.Invocation(t)
	return options{client: inv.Client(inv.Console()), authServer: func() (string, error) { return authServer, nil }}
}
