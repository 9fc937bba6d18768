package idtoken

import (
	"context"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Token is what a verified token says.
type Token struct {
	Issuer        string
	Subject       string
	Audience      []string
	ID            string // jti; may be empty
	Issued        time.Time
	Expires       time.Time // without the skew
	Authenticated time.Time // when the user signed in at the provider; zero: not said
	Email         string
	EmailVerified bool
	HostedDomain  string // hd: the organization of a Google account
	Methods       []string
	claims        map[string]any
}

// Claims returns all claims, as encoding/json decodes them.
func (t Token) Claims() map[string]any { return t.claims }

// InvalidError says why a token is refused.
type InvalidError struct{ Problem string }

func (e *InvalidError) Error() string { return "the ID token is not valid: " + e.Problem }

func invalidf(format string, args ...any) error {
	return &InvalidError{fmt.Sprintf(format, args...)}
}

// Skew is how far the clocks of an issuer and of this server may be apart.
const Skew = time.Minute

// maxToken bounds a token, in bytes.
const maxToken = 64 << 10

// SignIn is what the ID token of a sign-in must say.
type SignIn struct {
	ClientID string
	Nonce    secret.Text
	// Since is the time after which the user must have authenticated at the provider;
	// zero: at any time.
	Since time.Time
}

// VerifySignIn verifies the ID token that the token endpoint returned (OpenID Connect Core
// 1.0, section 3.1.3.7). It returns an InvalidError or a ProviderError.
func (i *Issuer) VerifySignIn(ctx context.Context, token secret.Text, want SignIn) (Token, error) {
	claims, err := i.verify(ctx, token)
	if err != nil {
		return Token{}, err
	}
	if err := claims.checkParties(want.ClientID); err != nil {
		return Token{}, err
	}
	if err := claims.checkSignIn(want); err != nil {
		return Token{}, err
	}
	return claims.token(), nil
}

// VerifyWorkload verifies the ID token of a job or of a service, which is made for one
// audience alone. It returns an InvalidError or a ProviderError.
func (i *Issuer) VerifyWorkload(ctx context.Context, token secret.Text, audience string) (Token, error) {
	claims, err := i.verify(ctx, token)
	if err != nil {
		return Token{}, err
	}
	if len(claims.Audience) != 1 || claims.Audience[0] != audience {
		return Token{}, invalidf("it is for %s, not for %s alone", claims.Audience, audience)
	}
	return claims.token(), nil
}

// verify checks what holds for every token: signature, issuer, subject and times.
func (i *Issuer) verify(ctx context.Context, token secret.Text) (claims claims, err error) {
	if token.Len() > maxToken {
		return claims, invalidf("it has more than %d bytes", maxToken)
	}
	payload, err := i.verifiedPayload(ctx, token)
	if err != nil {
		return claims, err
	}
	// Names of claims are compared exactly, and none may be there twice: others could
	// have read the other one.
	if err := json.Unmarshal(payload, &claims); err != nil {
		return claims, errUnreadable
	}
	if err := json.Unmarshal(payload, &claims.all); err != nil {
		return claims, errUnreadable
	}
	switch {
	case claims.Issuer != i.url:
		return claims, invalidf("its issuer is %q", shortened(claims.Issuer))
	case claims.Subject == "" || len(claims.Subject) > maxSubject:
		return claims, invalidf("it has no subject of at most %d bytes", maxSubject)
	case strings.ContainsFunc(claims.Subject, unicode.IsControl): // an administrator copies it into a terminal
		return claims, invalidf("its subject has control characters")
	}
	return claims, claims.checkTimes(i.now())
}

// maxSubject bounds a subject, in bytes (OpenID Connect Core 1.0, section 2).
const maxSubject = 255

// verifiedPayload returns the payload of a token whose signature is good. The library's
// checks of claims are left to verify, which is stricter.
func (i *Issuer) verifiedPayload(ctx context.Context, token secret.Text) (jsontext.Value, error) {
	var supported []string
	for _, algorithm := range algorithms() {
		supported = append(supported, string(algorithm))
	}
	check := &signatureCheck{keys: i.keys}
	verifier := oidc.NewVerifier(i.url, check, &oidc.Config{
		SupportedSigningAlgs: supported, SkipClientIDCheck: true, SkipExpiryCheck: true, SkipIssuerCheck: true,
	})
	verified, err := verifier.Verify(ctx, token.Reveal())
	switch {
	case check.err != nil:
		return nil, check.err
	case check.payload != nil && err != nil:
		return nil, errUnreadable
	case err != nil: // whose text may quote the token
		return nil, errNotSigned
	}
	var payload jsontext.Value
	return payload, verified.Claims(&payload)
}

// Errors of tokens that say nothing.
var (
	errNotSigned  = &InvalidError{"it is not a token signed with RS256, PS256, ES256 or EdDSA"}
	errUnreadable = &InvalidError{"its claims cannot be read"}
)

// signatureCheck is a keySet that keeps its result: the library drops the type of the
// error.
type signatureCheck struct {
	keys    *keySet
	payload []byte
	err     error
}

// VerifySignature implements oidc.KeySet.
func (c *signatureCheck) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	c.payload, c.err = c.keys.payload(ctx, token)
	return c.payload, c.err
}

// claims are those that this package checks or returns.
type claims struct {
	Issuer          string   `json:"iss"`
	Subject         string   `json:"sub"`
	Audience        audience `json:"aud"`
	AuthorizedParty string   `json:"azp"`
	ID              string   `json:"jti"`
	Expires         moment   `json:"exp"`
	Issued          moment   `json:"iat"`
	NotBefore       moment   `json:"nbf"`
	Authenticated   moment   `json:"auth_time"`
	Nonce           string   `json:"nonce"`
	Email           string   `json:"email"`
	EmailVerified   yesOrNo  `json:"email_verified"`
	HostedDomain    string   `json:"hd"`
	Methods         []string `json:"amr"`

	all map[string]any
}

func (c claims) token() Token {
	return Token{
		Issuer: c.Issuer, Subject: c.Subject, Audience: c.Audience, ID: c.ID,
		Issued: c.Issued.Time, Expires: c.Expires.Time, Authenticated: c.Authenticated.Time,
		Email: c.Email, EmailVerified: bool(c.EmailVerified), HostedDomain: c.HostedDomain, Methods: c.Methods,
		claims: c.all,
	}
}

func (c claims) checkTimes(now time.Time) error {
	switch {
	case c.Expires.IsZero() || c.Issued.IsZero():
		return invalidf("it does not say when it was made and when it expires")
	case !now.Before(c.Expires.Add(Skew)):
		return invalidf("it expired at %s", c.Expires.UTC().Format(time.RFC3339))
	case c.Issued.After(now.Add(Skew)):
		return invalidf("it was made in the future: are the clocks of both servers right?")
	case c.NotBefore.After(now.Add(Skew)):
		return invalidf("it is not valid yet: are the clocks of both servers right?")
	default:
		return nil
	}
}

// checkParties checks for whom a token was made and who may use it.
func (c claims) checkParties(clientID string) error {
	switch {
	case !slices.Contains(c.Audience, clientID):
		return invalidf("it is for another client")
	case len(c.Audience) > 1 && c.AuthorizedParty == "":
		return invalidf("it is for several clients and does not say who may use it")
	case c.AuthorizedParty != "" && c.AuthorizedParty != clientID:
		return invalidf("it may be used by another client only")
	default:
		return nil
	}
}

func (c claims) checkSignIn(want SignIn) error {
	switch {
	case want.Nonce.IsZero() || !want.Nonce.Equal(secret.New(c.Nonce)):
		return invalidf("it belongs to another sign-in")
	case want.Since.IsZero():
		return nil
	case c.Authenticated.IsZero():
		return invalidf("it does not say when the user signed in")
	case c.Authenticated.Before(want.Since.Add(-Skew)):
		return invalidf("the provider did not ask the user to sign in again")
	default:
		return nil
	}
}
