package platform

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// classicEnrollment is a second factor that is being set up. The platform keeps
// nothing of it: its form carries the key.
type classicEnrollment struct {
	page  *molgenis.Client // the session in which it goes on
	key   secret.Text
	isNew bool                   // the session was made for this, or by a login
	leave func(*molgenis.Client) // ends the session where it was made for this
}

// page returns a session of the web page, where everything about the second
// factor is, whether the factor is on, and what to do with the session at the
// end.
func (c *classicServer) page(ctx context.Context, credentials Credentials) (page *molgenis.Client, on bool, leave func(*molgenis.Client), err error) {
	if c.cookie {
		return c.client, true, func(*molgenis.Client) {}, nil
	}
	if credentials.Password.IsZero() {
		return nil, false, nil, ErrReauthenticate
	}
	who, err := c.Whoami(ctx)
	if err != nil {
		return nil, false, nil, err
	}
	credentials.Username = who.Name
	session, err := c.formSession(ctx, credentials)
	if err != nil {
		return nil, false, nil, err
	}
	leave = func(page *molgenis.Client) { _ = page.Logout(context.WithoutCancel(ctx)) } // it would expire anyway
	return c.client.WithCredential(session.cookies, molgenis.CredentialCookie), session.withFactor, leave, nil
}

// TwoFactorStatus implements TwoFactor, as far as the platform lets a user see
// the own account.
func (c *classicServer) TwoFactorStatus(ctx context.Context) (TwoFactorStatus, error) {
	who, err := c.Whoami(ctx)
	if err != nil {
		return TwoFactorStatus{}, err
	}
	user, err := c.client.User(ctx, who.Name)
	switch {
	case err == nil && user.Use2FA != nil:
		return TwoFactorStatus{On: *user.Use2FA, RecoveryCodesLeft: UnknownCount}, nil
	case c.cookie && (err == nil || isDenied(err)):
		return TwoFactorStatus{On: true, RecoveryCodesLeft: UnknownCount}, nil // only an account with a second factor signs in this way
	case err == nil || isDenied(err):
		return TwoFactorStatus{}, notOffered("this MOLGENIS tells only on its web page how the second factor stands: " + c.host)
	default:
		return TwoFactorStatus{}, c.denied(ctx, err)
	}
}

// BeginTwoFactor implements TwoFactor. Unlike elsewhere, a second factor that is
// on ends here: the platform has one key for an account.
func (c *classicServer) BeginTwoFactor(ctx context.Context, credentials Credentials, ticket secret.Text) (Enrollment, error) {
	begun, err := c.startEnrollment(ctx, credentials, ticket)
	if err != nil {
		return Enrollment{}, err
	}
	key, err := begun.page.EnrollmentKey(ctx)
	if err != nil {
		begun.leave(begun.page)
		return Enrollment{}, Explain(err)
	}
	begun.key = key.Secret
	c.enrollment = begun
	return c.describe(key), nil
}

// startEnrollment presses the button that leads to the set-up. With a ticket,
// every page leads there.
func (c *classicServer) startEnrollment(ctx context.Context, credentials Credentials, ticket secret.Text) (*classicEnrollment, error) {
	if !ticket.IsZero() {
		page := c.client.WithCredential(ticket, molgenis.CredentialCookie)
		return &classicEnrollment{page: page, isNew: true, leave: func(*molgenis.Client) {}}, nil
	}
	page, on, leave, err := c.page(ctx, credentials)
	if required, ok := refusal.DetailsOf[Ticket](err); ok {
		return c.startEnrollment(ctx, credentials, required.Secret)
	}
	if err != nil {
		return nil, err
	}
	press := page.EnableTwoFactor
	if on {
		press = page.ResetTwoFactor
	}
	if err := press(ctx); err != nil {
		leave(page)
		return nil, Explain(err)
	}
	return &classicEnrollment{page: page, isNew: !c.cookie, leave: leave}, nil
}

// describe returns what an authenticator app needs to know about a key. The platform
// always uses the apps' defaults.
func (c *classicServer) describe(key molgenis.EnrollmentKey) Enrollment {
	enrollment := Enrollment{
		URI: key.URI, Secret: secret.New(strings.ToUpper(key.Secret.Reveal())), Issuer: c.host, Algorithm: "SHA1", Digits: 6, Period: 30 * time.Second,
		Immediate: true,
	}
	uri, err := url.Parse(key.URI.Reveal())
	if err != nil || uri.Scheme != "otpauth" {
		query := url.Values{"secret": {strings.ToUpper(key.Secret.Reveal())}, "issuer": {c.host}}
		enrollment.URI = secret.New("otpauth://totp/" + url.PathEscape(c.host) + "?" + query.Encode())
		return enrollment
	}
	if issuer := uri.Query().Get("issuer"); issuer != "" {
		enrollment.Issuer = issuer
	}
	_, enrollment.Account, _ = strings.Cut(strings.TrimPrefix(uri.Path, "/"), ":")
	return enrollment
}

// ConfirmTwoFactor implements TwoFactor. On this platform it is what turns the
// second factor on.
func (c *classicServer) ConfirmTwoFactor(ctx context.Context, code, _ secret.Text) ([]secret.Text, error) {
	begun := c.enrollment
	if begun == nil {
		return nil, refusal.New(refusal.Usage, "a classic MOLGENIS keeps nothing of a set-up that was begun: it has to be begun and confirmed by one command, at a terminal")
	}
	cookies, err := begun.page.ActivateTwoFactor(ctx, begun.key, code)
	if err != nil {
		return nil, Explain(err)
	}
	begun.page = begun.page.WithCredential(cookies, molgenis.CredentialCookie)
	begun.key = secret.Text{}
	codes, err := begun.page.RecoveryCodes(ctx)
	if err == nil && len(codes.RecoveryCodes) == 0 {
		codes, err = begun.page.NewRecoveryCodes(ctx, molgenis.Proof{})
	}
	return texts(codes.RecoveryCodes), Explain(err)
}

// ActivateTwoFactor implements TwoFactor. There is nothing left to be done but
// to go on with the session in which it was set up: all others have ended.
func (c *classicServer) ActivateTwoFactor(context.Context, secret.Text, secret.Text) (*SignInResult, error) {
	begun := c.enrollment
	if begun == nil || !begun.key.IsZero() {
		return nil, refusal.New(refusal.Usage, "no set-up of a second factor was confirmed")
	}
	c.enrollment = nil
	if !begun.isNew {
		return nil, nil
	}
	return &SignInResult{Token: begun.page.Credential(), TokenType: molgenis.CredentialCookie}, nil
}

// EnrollsInSteps implements TwoFactor: the platform keeps nothing of one.
func (c *classicServer) EnrollsInSteps() bool { return false }

// DisableTwoFactor implements TwoFactor.
func (c *classicServer) DisableTwoFactor(ctx context.Context, credentials Credentials) error {
	page, _, leave, err := c.page(ctx, credentials)
	if err != nil {
		return err
	}
	defer leave(page)
	credentials = c.stillToProve(credentials)
	return c.explainProof(page.DisableTwoFactor(ctx, molgenis.Proof{Password: credentials.Password, Code: credentials.Code}))
}

// NewRecoveryCodes implements TwoFactor.
func (c *classicServer) NewRecoveryCodes(ctx context.Context, credentials Credentials) ([]secret.Text, error) {
	page, _, leave, err := c.page(ctx, credentials)
	if err != nil {
		return nil, err
	}
	defer leave(page)
	credentials = c.stillToProve(credentials)
	codes, err := page.NewRecoveryCodes(ctx, molgenis.Proof{Password: credentials.Password, Code: credentials.Code})
	return texts(codes.RecoveryCodes), c.explainProof(err)
}

// stillToProve is what a call has to show. In a session that was just made for
// it there is nothing left, and the code is spent.
func (c *classicServer) stillToProve(credentials Credentials) Credentials {
	if c.cookie {
		return credentials
	}
	return Credentials{}
}

// explainProof is explainMOLGENIS for calls for which dxauth's own server may
// want to know the user.
func (c *classicServer) explainProof(err error) error {
	if reauthentication(err) {
		return ErrReauthenticate
	}
	return Explain(err)
}
