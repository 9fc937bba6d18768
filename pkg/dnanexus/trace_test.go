package dnanexus_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// tracing returns a client of the platform with alice's token, and what it
// tells the trace.
func (p *platform) tracing() (*dnanexus.Client, *[]httpcall.Exchange) {
	exchanges := &[]httpcall.Exchange{}
	return dnanexus.New(dnanexus.Config{
		APIServer: p.URL, AuthServer: p.URL, UserAgent: "dxauth/test", Token: secret.New(aliceToken),
		Trace: func(exchange httpcall.Exchange) { *exchanges = append(*exchanges, exchange) },
	}), exchanges
}

// C-05: no secret in debug output.
func TestTheTraceShowsNoSecret(t *testing.T) {
	const hidden = "CANARY" // part of every secret below
	code := secret.New("CANARY-code").OnWire()
	server := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "session=CANARY")
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		answering(200, `{
			"access_token": "CANARY-answer", "refreshToken": ["CANARY"], "authorization_code": "CANARY", "totpSecret": {"base32": "CANARY"},
			"recovery_codes": ["CANARY", "CANARY"], "newPassword": "CANARY", "OTP": 1, "ticket": "CANARY",
			"headers": {"authorization": "Bearer CANARY-bearer"}, "echo": ["you sent Bearer CANARY-bearer"], "CANARY-bearer": 1,
			"token_signature": "shown-1", "tokenSignature": "shown-2", "token_type": "shown-3", "user_id": "shown-4", "size": 12345678901234567890
		}`)(w, r)
	})
	client, exchanges := server.tracing()
	client = client.WithToken(secret.New("CANARY-bearer"), "Bearer")
	if _, err := client.NewAuthToken(t.Context(), dnanexus.NewAuthTokenRequest{
		Username: "alice", Password: secret.New("CANARY-password").OnWire(), OTP: &code,
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Call(t.Context(), "user-alice", "update", json.RawMessage(`{"a":[{"currentPassword":"CANARY"}]}`)); err != nil {
		t.Fatal(err)
	}
	if len(*exchanges) != 2 {
		t.Fatalf("%d exchanges", len(*exchanges))
	}
	for _, format := range []string{"%v", "%+v", "%#v"} {
		if shown := fmt.Sprintf(format, *exchanges); strings.Contains(shown, hidden) {
			t.Errorf("%s shows a secret:\n%s", format, shown)
		}
	}
	if signIn := (*exchanges)[0]; !strings.HasSuffix(signIn.RequestBody, " bytes, not shown)") || !strings.HasSuffix(signIn.ResponseBody, " bytes, not shown)") {
		t.Errorf("the bodies of a sign-in are shown: %s, %s", signIn.RequestBody, signIn.ResponseBody)
	}
	answer := (*exchanges)[1].ResponseBody
	for _, want := range []string{"shown-1", "shown-2", "shown-3", "shown-4", "12345678901234567890"} {
		if !strings.Contains(answer, want) {
			t.Errorf("%s is not shown in %s", want, answer)
		}
	}
}

func TestARefusalThatEchoesTheTokenIsCleaned(t *testing.T) {
	server := newPlatform(t, answering(401, `{"error":{"type":"InvalidAuthentication","message":"`+aliceToken+` is unknown"}}`))
	err := whoAmI(t.Context(), server.client())
	if got, want := err.Error(), "InvalidAuthentication: [redacted] is unknown (code 401)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAPrintedClientShowsNoToken(t *testing.T) {
	config := dnanexus.Config{APIServer: "https://api.example", Token: secret.New(aliceToken)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if shown := fmt.Sprintf(verb, config) + fmt.Sprintf(verb, dnanexus.New(config)); strings.Contains(shown, aliceToken) {
			t.Errorf("%s: %s", verb, shown)
		}
	}
}
