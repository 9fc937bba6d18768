package molgenis

import (
	"bytes"
	"context"
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Stage is the state of a sign-in by form.
type Stage int

// The stages.
const (
	SignedIn        Stage = iota
	NeedsCode             // a code is missing: ValidateCode or UseRecoveryCode
	NeedsEnrollment       // a second factor has to be set up: EnrollmentKey and ActivateTwoFactor
)

// FormSession is what a sign-in by form gives: a credential of the type
// [CredentialCookie], and what it still lacks.
type FormSession struct {
	Cookies secret.Text
	Stage   Stage
}

// FormLogin signs in as the web page does, which is the only way for an account
// with a second factor. It is sent once, and returns
// ErrWrongPassword.
func (c *Client) FormLogin(ctx context.Context, username string, password secret.Text) (FormSession, error) {
	fields := url.Values{FieldUsername: {username}, FieldPassword: {password.Reveal()}}
	answer, err := c.anonymous().send(ctx, inForm(RouteFormLogin, fields))
	if err != nil {
		return FormSession{}, err
	}
	if err := formRefusal(answer); err != nil {
		return FormSession{}, err
	}
	session := FormSession{Cookies: cookiesOf(answer, secret.Text{})}
	if session.Cookies.IsZero() {
		return FormSession{}, httpcall.Incomplete(c.config.Server, RouteFormLogin, "Set-Cookie")
	}
	session.Stage, err = c.WithCredential(session.Cookies, CredentialCookie).stage(ctx)
	return session, err
}

// formRefusal reads the response to a sign-in: a redirect, whose query says if it was a
// refusal.
func formRefusal(answer httpcall.Answer) error {
	retry := answer.RetryAfter()
	if answer.Status/100 != 3 {
		if retry > 0 {
			return &Error{Status: answer.Status, Retry: retry}
		}
		return notAForm(answer)
	}
	location, err := url.Parse(answer.Header.Get("Location"))
	if err != nil {
		return answer.Unexpected()
	}
	if location.Query().Has("error") {
		refusal := &Error{Status: answer.Status, Kind: ErrWrongPassword, Retry: retry}
		if retry > 0 {
			refusal.Kind = nil
		}
		return refusal
	}
	return nil
}

// formLogout ends the session of cookies. The platform leads somewhere then, as it
// does where the session had ended before; any other response is a failure.
func (c *Client) formLogout(ctx context.Context) error {
	r := inForm(RouteFormLogout, nil)
	r.tries = ending
	answer, err := c.send(ctx, r)
	if err != nil || pathOf(answer) != "" {
		return err
	}
	return failureOf(answer)
}

// notAForm is the error of a response that a form route does not give.
func notAForm(answer httpcall.Answer) error {
	if answer.Status/100 == 2 {
		return answer.Unexpected()
	}
	return failureOf(answer)
}

// stage asks for a public page: while something is missing, every page leads to
// the form for it. A platform before 8.0 does not have this one.
func (c *Client) stage(ctx context.Context) (Stage, error) {
	answer, err := c.send(ctx, get(RouteContext))
	if err != nil {
		return SignedIn, err
	}
	switch pathOf(answer) {
	case RouteTwoFactorAuthenticate:
		return NeedsCode, nil
	case RouteTwoFactorActivation:
		return NeedsEnrollment, nil
	}
	if answer.Status == http.StatusNotFound {
		return SignedIn, nil
	}
	return SignedIn, failureOf(answer)
}

// ValidateCode gives the code that a session of cookies lacks, and returns the
// session's cookies from then on. It returns ErrWrongCode.
func (c *Client) ValidateCode(ctx context.Context, code secret.Text) (secret.Text, error) {
	return c.giveCode(ctx, RouteTwoFactorValidate, url.Values{FieldVerificationCode: {code.Reveal()}})
}

// UseRecoveryCode is ValidateCode with a recovery code, which is spent.
func (c *Client) UseRecoveryCode(ctx context.Context, code secret.Text) (secret.Text, error) {
	return c.giveCode(ctx, RouteTwoFactorRecover, url.Values{FieldRecoveryCode: {code.Reveal()}})
}

// giveCode knows a wrong code by the page that it gets again.
func (c *Client) giveCode(ctx context.Context, route string, fields url.Values) (secret.Text, error) {
	answer, err := c.send(ctx, inForm(route, fields))
	if err != nil {
		return secret.Text{}, err
	}
	path := pathOf(answer)
	switch {
	case path == RouteFormLogin:
		return secret.Text{}, &Error{Status: answer.Status, Kind: ErrSignedOut}
	case path == RouteTwoFactorAuthenticate, path == RouteTwoFactorActivation, path == "" && isPage(answer):
		return secret.Text{}, wrongCode(answer)
	case path == "", path == outside:
		return secret.Text{}, notAForm(answer)
	}
	return cookiesOf(answer, c.config.Credential), nil
}

func wrongCode(answer httpcall.Answer) error {
	refusal := &Error{Status: answer.Status, Kind: ErrWrongCode, Retry: answer.RetryAfter()}
	if refusal.Retry > 0 {
		refusal.Kind = nil // locked out: the code was not looked at
	}
	return refusal
}

func isPage(answer httpcall.Answer) bool {
	return strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html")
}

// EnrollmentKey is what an authenticator app has to know.
type EnrollmentKey struct {
	Secret secret.Text // base32
	URI    secret.Text // otpauth://totp/…; zero where the page does not show it
}

// EnrollmentKey starts the set-up of a second factor. The platform keeps the key
// only when it is activated.
func (c *Client) EnrollmentKey(ctx context.Context) (EnrollmentKey, error) {
	answer, err := c.setUp(ctx)
	if err != nil {
		return EnrollmentKey{}, err
	}
	key := hiddenInput(answer.Body, FieldSecretKey)
	if key == "" {
		return EnrollmentKey{}, httpcall.Incomplete(c.config.Server, RouteTwoFactorActivation, FieldSecretKey)
	}
	return EnrollmentKey{Secret: secret.New(key), URI: secret.New(enrollmentURI(answer.Body))}, nil
}

// setUp gets the page of the set-up, to which every other page may lead.
func (c *Client) setUp(ctx context.Context) (httpcall.Answer, error) {
	r := get(RouteTwoFactorActivation)
	r.tries = once // each call may draw another key
	return c.accepted(ctx, r)
}

// enrollmentURI finds the URI of the key in the page, where it is in a
// script or in HTML; "" where it does not.
func enrollmentURI(page []byte) string {
	plain := strings.NewReplacer(`\/`, "/", `\x26`, "&", `\u0026`, "&", `\x3D`, "=", `\u003D`, "=", `\u003d`, "=").Replace(writtenURI(page))
	return html.UnescapeString(plain)
}

// writtenURI finds the URI as it is written in the page.
func writtenURI(page []byte) string {
	return string(regexp.MustCompile(`otpauth:(?:/|\\/){2}[^"'<>\s]+`).Find(page))
}

// hiddenInput finds the value of an input of a page.
func hiddenInput(page []byte, name string) string {
	tags := regexp.MustCompile(`(?i)<input\b[^>]*>`).FindAll(page, -1)
	valueOf := regexp.MustCompile(`(?i)\bvalue\s*=\s*(?:"([^"]*)"|'([^']*)')`)
	for _, tag := range tags {
		named := bytes.Contains(tag, []byte(`name="`+name+`"`)) || bytes.Contains(tag, []byte(`name='`+name+`'`))
		if value := valueOf.FindSubmatch(tag); named && value != nil {
			return html.UnescapeString(string(value[1]) + string(value[2]))
		}
	}
	return ""
}

// ActivateTwoFactor turns the second factor on with a code of its key, and
// returns the session's cookies from then on. It returns ErrWrongCode.
func (c *Client) ActivateTwoFactor(ctx context.Context, key, code secret.Text) (secret.Text, error) {
	return c.giveCode(ctx, RouteTwoFactorActivate, url.Values{
		FieldSecretKey: {key.Reveal()}, FieldVerificationCode: {code.Reveal()},
	})
}

// EnableTwoFactor starts the activation of a second factor, as the button of the
// account page does.
func (c *Client) EnableTwoFactor(ctx context.Context) error {
	return c.press(ctx, RouteTwoFactorEnable, nil)
}

// Proof proves the identity of the user once more. Classic platforms ignore it; the
// server of dxauth requires it unless the sign-in is a few minutes old.
type Proof struct{ Password, Code secret.Text }

func (p Proof) fields() url.Values {
	fields := url.Values{}
	if !p.Password.IsZero() {
		fields.Set(FieldPassword, p.Password.Reveal())
	}
	if !p.Code.IsZero() {
		fields.Set(FieldVerificationCode, p.Code.Reveal())
	}
	return fields
}

// DisableTwoFactor turns the second factor off. It returns the errors of Login,
// and ErrWrongCode.
func (c *Client) DisableTwoFactor(ctx context.Context, proof Proof) error {
	return refusedLogin(c.press(ctx, RouteTwoFactorDisable, proof.fields()))
}

// ResetTwoFactor drops the key of the second factor, so that another one has to
// be set up before anything else.
func (c *Client) ResetTwoFactor(ctx context.Context) error {
	return c.press(ctx, RouteTwoFactorReset, nil)
}

func (c *Client) press(ctx context.Context, route string, fields url.Values) error {
	answer, err := c.send(ctx, inForm(route, fields))
	if err != nil {
		return err
	}
	err = failureOf(answer)
	var redirect *httpcall.RedirectError
	switch path := pathOf(answer); {
	case errors.As(err, &redirect), path == RouteTwoFactorActivation:
		return nil // where a button leads
	default:
		return err
	}
}

// RecoveryCodes shows the unused recovery codes, where the platform still has
// them.
func (c *Client) RecoveryCodes(ctx context.Context) (RecoveryCodesResponse, error) {
	return read[RecoveryCodesResponse](ctx, c, get(RouteRecoveryCodes))
}

// NewRecoveryCodes replaces the recovery codes. It returns the errors of
// DisableTwoFactor. On classic platforms it is a GET that changes something, so it is sent
// once; a proof goes in a form, which only dxauth's own server takes.
func (c *Client) NewRecoveryCodes(ctx context.Context, proof Proof) (RecoveryCodesResponse, error) {
	byGet := get(RouteGenerateRecoveryCodes)
	byGet.tries = once
	if proof == (Proof{}) {
		return read[RecoveryCodesResponse](ctx, c, byGet)
	}
	answer, err := c.send(ctx, inForm(RouteGenerateRecoveryCodes, proof.fields()))
	if err != nil {
		return RecoveryCodesResponse{}, err
	}
	if answer.Status == http.StatusNotFound || answer.Status == http.StatusMethodNotAllowed {
		return read[RecoveryCodesResponse](ctx, c, byGet)
	}
	var codes RecoveryCodesResponse
	if err := failureOf(answer); err != nil {
		return codes, refusedLogin(err)
	}
	return codes, answer.Decode(&codes)
}

// SignUpIsOpen reports whether the platform has a sign-up form.
func (c *Client) SignUpIsOpen(ctx context.Context) (bool, error) {
	answer, err := c.anonymous().send(ctx, get(RouteRegister))
	if err != nil {
		return false, err
	}
	return answer.Status == http.StatusOK, nil
}

// cookiesOf is a credential of the cookies that a response sets, and of those
// from before that it leaves.
func cookiesOf(answer httpcall.Answer, before secret.Text) secret.Text {
	var names []string
	values := map[string]string{}
	put := func(name, value string) {
		if _, known := values[name]; !known {
			names = append(names, name)
		}
		values[name] = value
	}
	for pair := range strings.SplitSeq(before.Reveal(), ";") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			put(name, value)
		}
	}
	for _, cookie := range (&http.Response{Header: answer.Header}).Cookies() {
		if cookie.MaxAge < 0 {
			cookie.Value = ""
		}
		put(cookie.Name, cookie.Value)
	}
	var pairs []string
	for _, name := range names {
		if values[name] != "" {
			pairs = append(pairs, name+"="+values[name])
		}
	}
	return secret.New(strings.Join(pairs, ";"))
}
