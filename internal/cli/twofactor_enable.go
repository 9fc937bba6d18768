package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// enrolOptions are the flags of enable and reset.
type enrolOptions struct {
	qr           string // auto, text, none or png:FILE
	recoveryFile string
	begin        bool
	confirm      string // a code, or - for standard input
	reauthOptions
}

func (o *enrolOptions) bind(flags *pflag.FlagSet) {
	flags.StringVar(&o.qr, "qr", "auto", "`HOW` to show the QR code: auto, text (also where it may not fit), none or png:FILE")
	flags.StringVar(&o.recoveryFile, "recovery-file", "", "write the recovery codes to this new `FILE`, for you only")
	flags.BoolVar(&o.begin, "begin", false, "first of two steps for scripts: print the key")
	flags.StringVar(&o.confirm, "confirm", "", "second of two steps for scripts: a `CODE` of the key, or - for standard input; prints the recovery codes")
	o.reauthOptions.bind(flags)
}

// pngFile is where the QR code goes as a picture; empty: nowhere.
func (o enrolOptions) pngFile() string {
	path, _ := strings.CutPrefix(o.qr, "png:")
	if path == o.qr {
		return ""
	}
	return path
}

// check finds flags that contradict each other.
func (o enrolOptions) check(json bool) error {
	known := o.qr == "auto" || o.qr == "text" || o.qr == "none" || o.pngFile() != ""
	twoSteps := o.begin || o.confirm != ""
	switch {
	case !known:
		return refusal.Usagef("--qr %s: it is auto, text, none or png:FILE", o.qr)
	case o.begin && o.confirm != "":
		return refusal.Usagef("--begin and --confirm are two steps: the code is made from what --begin prints")
	case o.begin && o.recoveryFile != "":
		return refusal.Usagef("--recovery-file goes with --confirm, which makes the recovery codes")
	case o.begin && (o.qr == "text" || o.qr == "none"):
		return refusal.Usagef("--begin shows no QR code; --qr png:FILE makes one")
	case o.confirm != "" && o.qr != "auto":
		return refusal.Usagef("--qr goes with --begin, which makes the key")
	case o.confirm != "" && o.passwordStdin:
		return refusal.Usagef("--confirm needs the code only, and no password")
	case json && !twoSteps:
		return refusal.Usagef("with --json it takes two steps: --begin, and --confirm CODE")
	}
	return nil
}

const enrolLong = `

A key is shown as a QR code for an authenticator app, and in letters. A code of
the app shows that it has the key; then there are recovery codes, and one of
them is typed back. Nothing changes before that, whenever it is interrupted.
Then the other sessions of the account end; API tokens go on.

Scripts do it in two steps, within ten minutes:
  --begin --password-stdin --json  prints {"uri", "secret", "issuer", "account",
                                   "algorithm", "digits", "period", "expires"}
  --confirm CODE --json            turns it on; prints {"recoveryCodes": [...]}
Without --json they print the URI, and the codes a line each.`

func (a *app) enableCommand() *cobra.Command {
	var o enrolOptions
	cmd := &cobra.Command{
		Use:   "enable",
		Short: "Turn it on",
		Long:  `Turn two-factor authentication on.` + enrolLong,
		Example: `  ` + a.Program + ` 2fa enable
  ` + a.Program + ` 2fa enable --qr png:key.png --recovery-file codes.txt
  ` + a.Program + ` 2fa enable --begin --password-stdin --json < password`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.enrol(cmd.Context(), o, a.mayEnable)
		},
	}
	o.bind(cmd.Flags())
	return cmd
}

func (a *app) resetCommand() *cobra.Command {
	var o enrolOptions
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Set up another authenticator in one go",
		Long: `Set up another authenticator app, for a new phone. The one of before and its
recovery codes hold until the end, and are worth nothing then.` + enrolLong,
		Example: `  ` + a.Program + ` 2fa reset`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.enrol(cmd.Context(), o, a.mayReset)
		},
	}
	o.bind(cmd.Flags())
	return cmd
}

func (a *app) mayEnable(in signedIn, status platform.TwoFactorStatus) error {
	switch {
	case status.On:
		return refusal.New(refusal.Conflict, "two-factor authentication is on already").
			WithHint("run " + a.Program + " 2fa reset to set up another authenticator")
	case status.Mode == platform.TwoFactorDisabled:
		return errDisabled(in, "")
	}
	return nil
}

// mayReset says no before a code is spent in vain.
func (a *app) mayReset(in signedIn, status platform.TwoFactorStatus) error {
	switch {
	case !status.On:
		return a.errIsOff()
	case status.Mode == platform.TwoFactorDisabled:
		return errDisabled(in, "the authenticator of before still holds; "+a.Program+" 2fa disable turns it off")
	}
	return nil
}

func errDisabled(in signedIn, hint string) error {
	return refusal.New(refusal.Denied, "%s has turned two-factor authentication off for everybody", in.account.Host).
		WithHint(hint)
}

// enrol does one of the steps, or all of them with a person.
func (a *app) enrol(ctx context.Context, o enrolOptions, may func(signedIn, platform.TwoFactorStatus) error) error {
	if err := o.check(a.settings.JSON); err != nil {
		return err
	}
	if err := a.canEnrol(o); err != nil {
		return err
	}
	e := &enrolment{app: a, o: o}
	code, err := e.confirmationCode()
	if err != nil {
		return err
	}
	return a.withTwoFactor(ctx, func(in signedIn, server platform.TwoFactor, status platform.TwoFactorStatus) error {
		e.server, e.account, e.before = server, whose(in.account), stillSo(status)
		if !server.EnrollsInSteps() && (o.begin || o.confirm != "") {
			return refusal.Usagef("a MOLGENIS keeps nothing of a set-up that was begun: run the command at a terminal, without --begin and --confirm")
		}
		if o.confirm != "" {
			return e.confirmInOneGo(ctx, code)
		}
		if err := may(in, status); err != nil {
			return err
		}
		if o.begin {
			return e.printKey(ctx, in)
		}
		if err := e.run(ctx, e.byPassword(in)); err != nil {
			return err
		}
		if e.pass != nil {
			a.adopt(ctx, in, *e.pass)
		}
		e.offerToClear(ctx)
		return nil
	})
}

// canEnrol names what a script does instead. The password may come from a pipe,
// the rest is a dialogue.
func (a *app) canEnrol(o enrolOptions) error {
	if o.begin || o.confirm != "" {
		return nil
	}
	if err := a.terminal(o.passwordStdin).CanAsk(); err != nil {
		return refusal.New(refusal.InputRequired, "setting up an authenticator needs a person at a terminal: %s", err).
			WithHint("a script takes two steps: --begin --password-stdin --json, then --confirm CODE --json")
	}
	return nil
}

// byPassword begins an enrolment as somebody who is signed in.
func (e *enrolment) byPassword(in signedIn) begin {
	return func(ctx context.Context) (key platform.Enrollment, err error) {
		err = e.withPassword(ctx, in.account, e.o.reauthOptions, func(person platform.Credentials) (err error) {
			key, err = e.server.BeginTwoFactor(ctx, person, e.ticket)
			return err
		})
		return key, err
	}
}

// enrolmentJSON is what --begin prints with --json.
type enrolmentJSON struct {
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
func (e *enrolment) printKey(ctx context.Context, in signedIn) error {
	picture, err := openNew("--qr", e.o.pngFile())
	if err != nil {
		return err
	}
	key, err := e.byPassword(in)(ctx)
	if err == nil {
		err = draw(picture, key)
	}
	if err != nil {
		return picture.drop(err)
	}
	if e.settings.JSON {
		return e.printJSON(enrolmentJSON{
			URI: key.URI.Reveal(), Secret: key.Secret.Reveal(), Issuer: key.Issuer, Account: key.Account,
			Algorithm: key.Algorithm, Digits: key.Digits, Period: int(key.Period / time.Second), Expires: key.Expires,
		})
	}
	return e.term.Printf("%s\n", terminal.Clean(key.URI.Reveal()))
}

// confirmInOneGo is the second step of a script. The codes are handed over before
// they are worth something: what can't be handed over turns nothing on.
func (e *enrolment) confirmInOneGo(ctx context.Context, code secret.Text) error {
	file, err := e.placeForCodes(e.o.recoveryFile)
	if err != nil {
		return err
	}
	e.made = append(e.made, file)
	codes, err := e.confirmWith(ctx, code)
	if err == nil {
		err = e.handCodes(file, codes)
	}
	if err != nil {
		return e.undone(err)
	}
	return e.activate(ctx, codes)
}

// confirmationCode reads the code of the second step; the zero secret means that
// this is not the second step.
func (e *enrolment) confirmationCode() (secret.Text, error) {
	typed := e.o.confirm
	if typed == "" {
		return secret.Text{}, nil
	}
	if typed == "-" {
		lines, err := e.secretLines(1)
		if err != nil {
			return secret.Text{}, err
		}
		typed = lines[0]
	}
	code, err := readAppCode(typed)
	if err != nil {
		return secret.Text{}, refusal.Usagef("--confirm: %s", err)
	}
	return code, nil
}
