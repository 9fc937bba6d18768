package twofactor

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/enroll"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// setupOptions are the flags of enable and reset, and what they use.
type setupOptions struct {
	*kit.Console
	client *kit.Client
	enroll.Options
	begin   bool
	confirm string // a code, or - for standard input
	reauth  credentials.Reauth

	code secret.Text // of --confirm
}

const setupLong = `

Scan the key with an authenticator app as a QR code, or type it: Google
Authenticator, Microsoft Authenticator, Aegis or FreeOTP on a phone, KeePassXC
or Bitwarden on a computer, or oathtool. Enter a code of the app to confirm that
it has the key. You then get recovery codes, and type one of them to confirm
that you saved them. Nothing changes until then, even if you interrupt it. Then
the other sessions of the account end; API tokens still work.

Scripts use two steps, within ten minutes:
  --begin --password-stdin --json  prints {"uri", "secret", "issuer", "account",
                                   "algorithm", "digits", "period", "expires"}
  --confirm CODE --json            turns it on; prints {"recoveryCodes": [...],
                                   "file"}
Without --json they print the URI, and the codes a line each.`

func (o *setupOptions) bind(flags *pflag.FlagSet) {
	flags.StringVar(&o.QR, "qr", "auto", "`HOW` to show the QR code: auto, text (even if it may not fit), none or png:FILE")
	kit.CompleteValues(flags, "qr", "auto", "text", "none", "png:")
	flags.StringVar(&o.RecoveryFile, "recovery-file", "", "write the recovery codes to this new `FILE`, for you only")
	flags.BoolVar(&o.begin, "begin", false, "first of two steps for scripts: print the key")
	flags.StringVar(&o.confirm, "confirm", "", "second of two steps for scripts: a `CODE` of the key, or - for standard input; prints the recovery codes")
	o.reauth.Bind(flags)
}

// start checks the flags, and sets what the command uses.
func (o *setupOptions) start(ctx context.Context, inv kit.Invocation) (err error) {
	if err := o.check(inv.Settings.JSON); err != nil {
		return err
	}
	o.Console = inv.ConsoleReading(o.reauth.PasswordStdin)
	o.client, o.reauth.Console = inv.Client(o.Console), o.Console
	if err := o.canSetUp(); err != nil {
		return err
	}
	o.code, err = o.readCode(ctx)
	return err
}

// inSteps reports whether the flags ask for one of the two steps for scripts.
func (o setupOptions) inSteps() bool { return o.begin || o.confirm != "" }

// check returns an error for flags that exclude each other.
func (o setupOptions) check(json bool) error {
	known := o.QR == "auto" || o.QR == "text" || o.QR == "none" || o.PNGFile() != ""
	switch {
	case !known:
		return refusal.Usagef("--qr %s: must be auto, text, none or png:FILE", o.QR)
	case o.begin && o.confirm != "":
		return refusal.Usagef("--begin and --confirm are two steps: the code is made from what --begin prints")
	case o.begin && o.RecoveryFile != "":
		return refusal.Usagef("--recovery-file goes with --confirm, which makes the recovery codes")
	case o.begin && (o.QR == "text" || o.QR == "none"):
		return refusal.Usagef("--begin shows no QR code").WithHint("--qr png:FILE makes one")
	case o.confirm != "" && o.QR != "auto":
		return refusal.Usagef("--qr goes with --begin, which makes the key")
	case o.confirm != "" && o.reauth.PasswordStdin:
		return refusal.Usagef("--confirm needs the code only, and no password")
	case json && !o.inSteps():
		return refusal.Usagef("--json needs two steps: --begin, then --confirm CODE")
	}
	return nil
}

// canSetUp returns an error with the steps for scripts if the command can't
// prompt. Only the password can come from a pipe.
func (o setupOptions) canSetUp() error {
	if o.inSteps() {
		return nil
	}
	if err := o.CanAsk(); err != nil {
		return kit.CannotAsk("set up an authenticator", err).
			WithHint("scripts need two steps: --begin --password-stdin --json, then --confirm CODE --json")
	}
	return nil
}

// readCode reads the code of the second step. It returns the zero secret if this
// is not the second step.
func (o setupOptions) readCode(ctx context.Context) (secret.Text, error) {
	typed := o.confirm
	if typed == "" {
		return secret.Text{}, nil
	}
	if typed == "-" {
		lines, err := o.SecretLines(ctx, "Verification code")
		if err != nil {
			return secret.Text{}, err
		}
		typed = lines[0]
	}
	code, err := credentials.ReadAppCode(typed)
	if err != nil {
		return secret.Text{}, refusal.Usagef("--confirm: %s", err)
	}
	return code, nil
}

// setUp does one of the steps for scripts, or the whole dialogue with a user.
// Before the first step, allowed checks whether the status permits it.
func (o setupOptions) setUp(ctx context.Context, in kit.SignedIn, allowed func(kit.SignedIn, platform.TwoFactorStatus) error) error {
	server, status, err := serverOf(ctx, in)
	if err != nil {
		return err
	}
	if o.inSteps() && !server.EnrollsInSteps() {
		return refusal.Usagef("MOLGENIS can't set it up in two steps: run the command at a terminal, without --begin and --confirm")
	}
	e := &enroll.Enrollment{
		Console: o.Console, Server: server, Account: kit.Whose(in.Account), Options: o.Options,
	}
	if o.confirm != "" {
		return e.ConfirmAtOnce(ctx, o.code)
	}
	e.Before = enroll.Unchanged(status)
	if err := allowed(in, status); err != nil {
		return err
	}
	if o.begin {
		return o.printKey(ctx, o.beginAs(in.Account, server))
	}
	if err := e.Run(ctx, o.beginAs(in.Account, server)); err != nil {
		return err
	}
	if result := e.Result(); result != nil {
		o.useSession(ctx, in, *result)
	}
	e.OfferToClear(ctx)
	return nil
}

// beginAs returns the first call of an enrollment, with the password of the user
// who is logged in.
func (o setupOptions) beginAs(account session.Account, server platform.TwoFactor) enroll.Begin {
	return func(ctx context.Context) (key platform.Enrollment, err error) {
		err = o.reauth.Always(ctx, account, func(given platform.Credentials) (err error) {
			key, err = server.BeginTwoFactor(ctx, given, secret.Text{})
			return err
		})
		return key, err
	}
}

// keyJSON is what --begin prints with --json.
type keyJSON struct {
	URI       string        `json:"uri"`
	Secret    string        `json:"secret"`
	Issuer    string        `json:"issuer"`
	Account   string        `json:"account"`
	Algorithm string        `json:"algorithm"`
	Digits    int           `json:"digits"`
	Period    int           `json:"period"`  // seconds
	Expires   format.Millis `json:"expires"` // of the key, if it is not confirmed
}

// printKey does the first step for scripts: it prints the key.
func (o setupOptions) printKey(ctx context.Context, begin enroll.Begin) error {
	picture, err := kit.OpenNewFile("--qr", o.PNGFile())
	if err != nil {
		return err
	}
	key, err := begin(ctx)
	if err == nil {
		err = enroll.Draw(picture, key)
	}
	if err != nil {
		return picture.Drop(err)
	}
	if !o.JSON {
		return o.Printf("%s\n", terminal.Clean(key.URI.Reveal()))
	}
	return o.PrintJSON(keyJSON{
		URI: key.URI.Reveal(), Secret: key.Secret.Reveal(), Issuer: key.Issuer, Account: key.Account,
		Algorithm: key.Algorithm, Digits: key.Digits, Period: int(key.Period / time.Second), Expires: format.MillisOf(key.Expires),
	})
}

// useSession stores a session that the platform returned to replace the current
// one. If the account is logged in with an API token, it keeps that and ends the
// session. The setup is complete, so an error here is only a warning.
func (o setupOptions) useSession(ctx context.Context, in kit.SignedIn, result platform.SignInResult) {
	credential := session.Credential{Token: result.Token, Type: result.TokenType}
	if !in.Stored || in.Account.Kind != session.Interactive {
		o.client.Discard(ctx, in, credential)
		return
	}
	account := in.Account
	account.Created, account.Expires = o.Now().UTC(), result.Expires
	if _, err := o.client.Accounts.Save(ctx, account, credential); err != nil {
		o.client.Discard(ctx, in, credential)
		o.Warn("the new session could not be stored: %s; log in again with %s login", err, o.Program)
	}
}

func errDisabled(in kit.SignedIn, hint string) error {
	return refusal.New(refusal.Denied, "%s has turned two-factor authentication off for all users", in.Account.Host).WithHint(hint)
}
