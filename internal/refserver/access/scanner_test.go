package access_test

import (
	"crypto/rand"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/pkg/secret"
)

// documented is the expression for scanners of secrets that the guide has.
func documented(t *testing.T) *regexp.Regexp {
	t.Helper()
	guide, err := os.ReadFile("../../../docs/tokens.md")
	if err != nil {
		t.Fatal(err)
	}
	_, behind, found := strings.Cut(string(guide), "```re2\n")
	expression, _, ends := strings.Cut(behind, "\n```")
	if !found || !ends {
		t.Fatal("the guide has no expression in a block of re2")
	}
	return regexp.MustCompile(expression)
}

// S-29: who looks for tokens that got out, finds ours in the places where they
// mostly are.
func TestAScannerFindsTokens(t *testing.T) {
	scanner := documented(t)
	for _, form := range []access.Form{access.Base62, access.Hex} {
		token, err := access.NewSecret(rand.Reader, form)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{
			`export DXAUTH_TOKEN=%s`,
			`  DX_API_TOKEN: "%s"`,
			`DX_SECURITY_CONTEXT='{"auth_token_type": "Bearer", "auth_token": "%s"}'`,
			`"{\"auth_token\": \"%s\", \"auth_token_type\": \"bearer\"}"`,
			`{"access_token":"%s","token_type":"bearer"}`,
			`curl -H "Authorization: Bearer %s" https://api.dnanexus.com`,
			`dx login --token %s --noprojects`,
			`dx --auth-token=%s ls`,
			`x-molgenis-token: %s`,
			`MOLGENIS_TOKEN='%s'`,
			`GET /api/v2/sys_sec_User?molgenis-token=%s`,
		} {
			found := scanner.FindStringSubmatch(strings.ReplaceAll(line, "%s", token.Reveal()))
			if found == nil || found[1] != token.Reveal() {
				t.Errorf("no token is found in %s", line)
			}
		}
	}
}

// What is no secret makes no alarm.
func TestAScannerLeavesSignaturesAlone(t *testing.T) {
	signature := access.Signature(secret.New("anything"))
	for _, line := range []string{
		`{"tokenSignature": "` + signature + `"}`,
		`DXAUTH_TOKEN_FILE=/run/secrets/` + signature[:32],
		`--token-file ` + signature[:32],
		`DXAUTH_TOKEN="$CI_SECRET"`,
		`commit ` + signature[:40],
		`md5 ` + signature[:32],
	} {
		if found := documented(t).FindString(line); found != "" {
			t.Errorf("%q is taken for a token in %s", found, line)
		}
	}
}
