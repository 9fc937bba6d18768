package twofactor

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/enroll"
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

A key is shown as a QR code for an authenticator app, and in letters. A code of
the app shows that it has the key; then there are recovery codes, and one of
them is typed back. Nothing changes before that, whenever it is interrupted.
Then the other sessions of the account end; API tokens go on.

Scripts do it in two steps, within ten minutes:
  --begin --password-stdin --json  prints {"uri", "secret", "issuer", "account",
                                   "algorithm", "digits", "period", "expires"}
  --confirm CODE --json            turns it on; prints {"recoveryCodes": [...]}
Without --json they print the URI, and the codes a line each.`

func (o *setupOptions) bind(flags *pflag.FlagSet) {
	flags.StringVar(&o.QR, "qr", "auto", "`HOW` to show the QR code: auto, text (also where it may not fit), none or png:FILE")
	flags.StringVar(&o.RecoveryFile, "recovery-file", "", "write the recovery codes to this new `FILE`, for you only")
	flags.BoolVar(&o.begin, "begin", false, "first of two steps for scripts: print the key")
	flags.StringVar(&o.confirm, "confirm", "", "second of two steps for scripts: a `CODE` of the key, or - for standard input; prints the recovery codes")
	o.reauth.Bind(flags)
}

// start checks the flags, and makes what the command uses.
func (o *setupOptions) start(inv kit.Invocation) (err error) {
	if err := o.check(inv.Settings.JSON); err != nil {
		return err
	}
	o.Console = inv.ConsoleReading(o.reauth.PasswordStdin)
	o.client, o.reauth.Console = inv.Client(o.Console), o.Console
	if err := o.canSetUp(); err != nil {
		return err
	}
	o.code, err = o.readCode()
	return err
}

// inSteps is true for a script.
func (o setupOptions) inSteps() bool { return o.begin || o.confirm != "" }

// check finds flags that contradict each other.
func (o setupOptions) check(json bool) error {
	known := o.QR == "auto" || o.QR == "text" || o.QR == "none" || o.PNGFile() != ""
	switch {
	case !known:
		return refusal.Usagef("--qr %s: it is auto, text, none or png:FILE", o.QR)
	case o.begin && o.confirm != "":
		return refusal.Usagef("--begin and --confirm are two steps: the code is made from what --begin prints")
	case o.begin && o.RecoveryFile != "":
		return refusal.Usagef("--recovery-file goes with --confirm, which makes the recovery codes")
	case o.begin && (o.QR == "text" || o.QR == "none"):
		return refusal.Usagef("--begin shows no QR code; --qr png:FILE makes one")
	case o.confirm != "" && o.QR != "auto":
		return refusal.Usagef("--qr goes with --begin, which makes the key")
	case o.confirm != "" && o.reauth.PasswordStdin:
		return refusal.Usagef("--confirm needs the code only, and no password")
	case json && !o.inSteps():
		return refusal.Usagef("with --json it takes two steps: --begin, and --confirm CODE")
	}
	return nil
}

// canSetUp names what a script does instead. The password may come from a pipe,
// the rest is a dialogue.
func (o setupOptions) canSetUp() error {
	if o.inSteps() {
		return nil
	}
	if err := o.CanAsk(); err != nil {
		return kit.CannotAsk("set up an authenticator", err).
			WithHint("a script takes two steps: --begin --password-stdin --json, then --confirm CODE --json")
	}
	return nil
}

// readCode reads the code of the second step; the zero secret means that this
// is not the second step.
func (o setupOptions) readCode() (secret.Text, error) {
	typed := o.confirm
	if typed == "" {
		return secret.Text{}, nil
	}
	if typed == "-" {
		lines, err := o.SecretLines(1)
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

// setUp does one of the steps, or all of them with a person. What is allowed
// depends on how the second factor stands; that counts before the first step.
func (o setupOptions) setUp(ctx context.Context, in kit.SignedIn, allowed func(kit.SignedIn, platform.TwoFactorStatus) error) error {
	server, status, err := serverOf(ctx, in)
	if err != nil {
		return err
	}
	if o.inSteps() && !server.EnrollsInSteps() {
		return refusal.Usagef("a MOLGENIS keeps nothing of a set-up that was begun: run the command at a terminal, without --begin and --confirm")
	}
	e := &enroll.Enrollment{
		Console: o.Console, Server: server, Account: kit.Whose(in.Account), Before: enroll.Unchanged(status), Options: o.Options,
	}
	if o.confirm != "" {
		return e.ConfirmAtOnce(ctx, o.code)
	}
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
		o.adopt(ctx, in, *result)
	}
	e.OfferToClear(ctx)
	return nil
}

// beginAs begins an enrollment as somebody who is logged in.
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
	URI       string    `json:"uri"`
	Secret    string    `json:"secret"`
	Issuer    string    `json:"issuer"`
	Account   string    `json:"account"`
	Algorithm string    `json:"algorithm"`
	Digits    int       `json:"digits"`
	Period    int       `json:"period"` // seconds
	Expires   time.Time `json:"expires"`
}

// printKey is the first step of a script.
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
		Algorithm: key.Algorithm, Digits: key.Digits, Period: int(key.Period / time.Second), Expires: key.Expires,
	})
}

// adopt goes on with a session that the platform gave in the place of the one in
// use. An API token stays what the account is logged in with; the session is
// ended then. What was asked for is done, so a failure is a warning.
func (o setupOptions) adopt(ctx context.Context, in kit.SignedIn, result platform.SignInResult) {
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
	return refusal.New(refusal.Denied, "%s has turned two-factor authentication off for everybody", in.Account.Host).WithHint(hint)
}
