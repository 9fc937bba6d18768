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

// documented returns the expression for secret scanners from the guide.
func documented(t *testing.T) *regexp.Regexp {
	t.Helper()
	guide, err := os.ReadFile("../../../docs/tokens.md")
	if err != nil {
		t.Fatal(err)
	}
	_, behind, found := strings.Cut(string(guide), "```re2\n")
	expression, _, ends := strings.Cut(behind, "\n```")
	if !found || !ends {
		t.Fatal("the guide has no expression in a re2 code block")
	}
	return regexp.MustCompile(expression)
}

// S-29: a secret scanner finds leaked tokens where they usually are.
func TestScannerFindsTokens(t *testing.T) {
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

// Signatures and hashes do not raise an alarm.
func TestScannerIgnoresSignatures(t *testing.T) {
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
