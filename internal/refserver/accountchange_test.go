package refserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	carolsPassword = "singer-2026"
	carolsSeed     = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
)

// platform is a server with carol, who has a second factor, signed in twice.
type platform struct {
	t       *testing.T
	handler http.Handler
	clock   *testclock.Clock
	other   string // signature of the other session
}

func newPlatform(t *testing.T, c refserver.Config) *platform {
	t.Helper()
	clock := testclock.New(time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC))
	c.Now, c.HashParams = clock.Now, passwordhash.Cheapest()
	c.Fixture = &fixture.File{Users: []fixture.User{{
		Username: "carol", Password: secret.New(carolsPassword), TOTPSecret: secret.New(carolsSeed),
	}}}
	server, err := refserver.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	p := &platform{t: t, handler: server.Handler(), clock: clock}
	p.other = access.Signature(secret.New(p.signIn("dnanexus")))
	return p
}

// code returns the next code of carol's app; each is valid once.
func (p *platform) code() string {
	p.t.Helper()
	p.clock.Advance(30 * time.Second)
	seed, err := identity.DecodeSeed(carolsSeed)
	if err != nil {
		p.t.Fatal(err)
	}
	return identity.TOTP(seed, p.clock.Now().Unix()/30)
}

// send sends a request with a token, which both protocols take as a bearer token.
func (p *platform) send(method, path, body, token string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, strings.NewReader(body))
	request.RemoteAddr = "127.0.0.1:1"
	if isJSON := strings.HasPrefix(body, "{") || strings.HasPrefix(body, `"`); !isJSON {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else {
		request.Header.Set("Content-Type", "application/json")
	}
	if name, cookie, isCookie := strings.Cut(token, "="); isCookie {
		request.AddCookie(&http.Cookie{Name: name, Value: cookie})
	} else if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	p.handler.ServeHTTP(recorder, request)
	return recorder
}

// signIn returns the token of a session that was made over a protocol.
func (p *platform) signIn(protocol string) string {
	p.t.Helper()
	if protocol == "molgenis" {
		form := url.Values{"username": {"carol"}, "password": {carolsPassword}}
		partial := p.send("POST", "/login", form.Encode(), "").Result().Cookies()
		if len(partial) != 1 {
			p.t.Fatalf("cookies: %v", partial)
		}
		form = url.Values{"verificationCode": {p.code()}}
		whole := p.send("POST", "/2fa/validate", form.Encode(), partial[0].Name+"="+partial[0].Value).Result().Cookies()
		if len(whole) != 1 {
			p.t.Fatalf("cookies: %v", whole)
		}
		return whole[0].Value
	}
	answer := p.send("POST", "/system/newAuthToken", `{"username": "carol", "password": "`+carolsPassword+`", "otp": "`+p.code()+`"}`, "")
	_, rest, _ := strings.Cut(answer.Body.String(), `"access_token":"`)
	token, _, found := strings.Cut(rest, `"`)
	if !found {
		p.t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	return token
}

// change is a change of an account as one protocol has it. In a path and a body, OTHER
// stands for the signature of another session, and PROOF for password and code, in
// the form that the protocol has for them.
type change struct {
	protocol     string
	method, path string
	body         string
	proof        string // empty: the request has no field for one
	unproved     bool   // no proof is needed
	recent       bool   // a recent sign-in over the same protocol takes the place of the proof
}

const (
	jsonProof = `, "password": "` + carolsPassword + `", "otp": "CODE"`
	formProof = "password=" + carolsPassword + "&verificationCode=CODE"
	usersPath = "/api/v1/sys_sec_User/user-carol/"
)

var changes = map[string]change{
	"DNAnexus, password":              {"dnanexus", "POST", "/account/changePassword", `{"newPassword": "another-2026"PROOF}`, jsonProof, false, false},
	"DNAnexus, address":               {"dnanexus", "POST", "/user-carol/updateEmail", `{"newEmail": "c@example.org"PROOF}`, jsonProof, false, false},
	"DNAnexus, names":                 {"dnanexus", "POST", "/account/updateSettings", `{"first": "C"PROOF}`, jsonProof, false, false},
	"DNAnexus, names of a user":       {"dnanexus", "POST", "/user-carol/update", `{"last": "C"PROOF}`, jsonProof, false, true},
	"DNAnexus, key for SSH":           {"dnanexus", "POST", "/user-carol/update", `{"sshPublicKey": nullPROOF}`, jsonProof, false, true},
	"DNAnexus, new second factor":     {"dnanexus", "POST", "/account/twoFactor/enroll", `{"ticket": ""PROOF}`, jsonProof, false, false},
	"DNAnexus, second factor off":     {"dnanexus", "POST", "/account/twoFactor/disable", `{PROOF}`, jsonProof[2:], false, false},
	"DNAnexus, second step of a new":  {"dnanexus", "POST", "/account/twoFactor/confirm", `{"code": "123456"}`, "", true, false},
	"DNAnexus, third step of a new":   {"dnanexus", "POST", "/account/twoFactor/activate", `{"recoveryCode": "aaaa-bbbb-cccc-dddd"}`, "", true, false},
	"DNAnexus, recovery codes":        {"dnanexus", "POST", "/account/twoFactor/regenerateRecoveryCodes", `{PROOF}`, jsonProof[2:], false, false},
	"DNAnexus, a session":             {"dnanexus", "POST", "/account/destroySessions", `{"ids": ["OTHER"]}`, "", true, false},
	"DNAnexus, every session":         {"dnanexus", "POST", "/account/destroySessions", `{"all": true, "username": "carol", "password": "wrong"PROOF}`, jsonProof, false, false},
	"DNAnexus, a session by its hash": {"dnanexus", "POST", "/system/destroyAuthToken", `{"tokenSignature": "OTHER"}`, "", true, false},
	"DNAnexus, a session's expiry":    {"dnanexus", "POST", "/account/updateAuthToken", `{"signature": "OTHER", "expires": EXPIRES}`, "", true, false},

	"classic, password":            {"molgenis", "PUT", usersPath + "password_", `"another-2026"`, "", false, true},
	"classic, address":             {"molgenis", "PUT", usersPath + "Email", `"c@example.org"`, "", false, true},
	"classic, names":               {"molgenis", "PUT", usersPath + "FirstName", `"C"`, "", false, true},
	"classic, all attributes":      {"molgenis", "PUT", strings.TrimSuffix(usersPath, "/"), `{"password_": "another-2026"}`, "", false, true},
	"classic, by a tunneled POST":  {"molgenis", "POST", strings.TrimSuffix(usersPath, "/") + "?_method=PUT", `{"password_": "another-2026"}`, "", false, true},
	"forms, new second factor":     {"molgenis", "GET", "/2fa/activation", "", "", false, true},
	"forms, second step of a new":  {"molgenis", "POST", "/2fa/activation/authenticate", "verificationCode=123456", "", true, true},
	"forms, second factor off":     {"molgenis", "POST", "/plugin/useraccount/2fa/disable", "x=y&PROOF", formProof, false, true},
	"forms, recovery codes":        {"molgenis", "POST", "/plugin/useraccount/generateRecoveryCodes", "x=y&PROOF", formProof, false, true},
	"forms, recovery codes by GET": {"molgenis", "GET", "/plugin/useraccount/generateRecoveryCodes", "", "", false, true},
	"classic, a session":           {"molgenis", "DELETE", "/api/v1/sys_sec_Token/OTHER", "", "", true, true},
	"classic, a session's expiry":  {"molgenis", "PUT", "/api/v1/sys_sec_Token/OTHER/expirationDate", `"EXPIRATION"`, "", true, true},
	"EMX2, password":               {"molgenis", "POST", "/api/graphql", `{"query": "mutation{changePassword(email:\"carol\",password:\"another-2026\"){status}}"}`, "", false, true},
	"EMX2, password at a schema":   {"molgenis", "POST", "/apps/central/graphql", `{"query": "mutation{changePassword(email:\"carol\",password:\"another-2026\"){status}}"}`, "", false, true},
}

// request sends a change, with a proof or without.
func (p *platform) request(c change, token string, proved bool) outcome {
	proof := ""
	if proved {
		proof = strings.ReplaceAll(c.proof, "CODE", p.code())
	}
	soon := p.clock.Now().Add(time.Minute)
	replace := strings.NewReplacer("OTHER", p.other, "PROOF", proof, "EXPIRES", fmt.Sprint(soon.UnixMilli()), "EXPIRATION", soon.Format(time.RFC3339))
	answer := p.send(c.method, replace.Replace(c.path), replace.Replace(c.body), token)
	body := answer.Body.String()
	switch {
	case strings.Contains(body, "does not let users change their accounts"):
		return closed
	case strings.Contains(body, "ReauthenticationRequired"), strings.Contains(body, "Log in again"), strings.Contains(body, "Incorrect"), answer.Result().Header.Get("Location") == "/login":
		return needsProof
	case answer.Code < http.StatusBadRequest, strings.Contains(body, "No enrollment is in progress"): // there is none to continue
		return done
	default:
		return outcome(fmt.Sprint(answer.Code, " ", body))
	}
}

// New recovery codes are shown once, and only to a session of the protocol that made
// them, even if that protocol changes accounts during a sign-in only.
func TestNewRecoveryCodesAreShownToTheirOwnProtocol(t *testing.T) {
	for maker, want := range map[string]outcome{"molgenis": done, "dnanexus": needsProof} {
		for _, path := range []string{"/plugin/useraccount/recoveryCodes", "/menu/main/useraccount?showCodes=true"} {
			p := newPlatform(t, refserver.Config{})
			if got := p.request(change{method: "GET", path: path}, p.signIn(maker), false); got != want {
				t.Errorf("%s with a session of %s: got %q, want %q", path, maker, got, want)
			}
		}
	}
}

type outcome string

const (
	done       outcome = "done"
	needsProof outcome = "needs a proof"
	closed     outcome = "closed"
)

// want returns the outcome that the rules give: a protocol that --type or --protocols
// does not name changes no account; elsewhere a change needs password and code, and
// only some take a recent sign-in over their own protocol instead.
func want(c change, maker string, open, proved bool) outcome {
	ownSignIn := c.recent && c.protocol == maker
	switch {
	case !open:
		return closed
	case c.unproved, proved, ownSignIn:
		return done
	default:
		return needsProof
	}
}

// No protocol weakens another: who made the session × protocol × each change × what
// the server allows.
func TestAccountChangesByProtocol(t *testing.T) {
	both := refserver.Protocols()
	for _, server := range []struct {
		config refserver.Config
		open   []string
	}{
		{refserver.Config{}, []string{"dnanexus"}},
		{refserver.Config{Type: refserver.TypeMOLGENIS}, []string{"molgenis"}},
		{refserver.Config{Type: refserver.TypeEMX2}, []string{"molgenis"}},
		{refserver.Config{Protocols: both}, both},
		{refserver.Config{Type: refserver.TypeMOLGENIS, Protocols: both}, both},
	} {
		for name, c := range changes {
			open := strings.Contains(strings.Join(server.open, ","), c.protocol)
			for _, maker := range both {
				for _, proved := range []bool{false, true} {
					if proved && c.proof == "" {
						continue
					}
					what := fmt.Sprintf("type %q, open %v: %s with a session of %s, proof: %v", server.config.Type, server.open, name, maker, proved)
					t.Run(what, func(t *testing.T) {
						t.Parallel()
						p := newPlatform(t, server.config)
						token := p.signIn(maker)
						if got, want := p.request(c, token, proved), want(c, maker, open, proved); got != want {
							t.Errorf("got %q, want %q", got, want)
						}
					})
				}
			}
		}
	}
}
