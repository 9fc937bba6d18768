// Package enroll guides a user through setting up an authenticator app, during a
// login that requires it or when logged in.
//
// It promises that nothing changes before the last call to the server, even if it
// is interrupted, and says so; that the user has the recovery codes before they
// become valid; that files whose content does not become valid are removed; and
// that keys and codes are shown only to the user, or written to the file or
// standard output that the user named.
package enroll

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Enrollment sets up an authenticator. It can be interrupted at any time, because
// the server changes nothing before the last call.
type Enrollment struct {
	*kit.Console
	Server  platform.TwoFactor
	Account string      // for messages
	Ticket  secret.Text // of a login that requires it; zero if the user is signed in
	Before  string      // message about what still holds if it fails; empty: none, for a script
	Options

	seen   bool                   // a secret is on the screen
	result *platform.SignInResult // sign-in that the last call returned, with a ticket
	made   []*kit.NewFile         // files to remove if it fails
}

// Options say how key and recovery codes are shown.
type Options struct {
	QR           string // auto, text, none or png:FILE
	RecoveryFile string // empty for the screen
}

// PNGFile returns the file for a picture of the QR code, or "" for none.
func (o Options) PNGFile() string {
	path, isFile := strings.CutPrefix(o.QR, "png:")
	if !isFile {
		return ""
	}
	return path
}

// Result returns the sign-in that activating the authenticator returned, or nil.
func (e *Enrollment) Result() *platform.SignInResult { return e.result }

// Unchanged returns the message that a failed enrollment has changed nothing.
func Unchanged(status platform.TwoFactorStatus) string {
	if status.On {
		return "Nothing has changed: your current authenticator still works"
	}
	return "Nothing has changed: two-factor authentication is off"
}

// Begin makes the server's first call.
type Begin func(context.Context) (platform.Enrollment, error)

// Run does all steps in a dialogue with the user.
func (e *Enrollment) Run(ctx context.Context, begin Begin) error {
	codes, err := e.prepare(ctx, begin)
	if err != nil {
		return e.discard(err)
	}
	if err := e.activate(ctx, codes); err != nil {
		return err
	}
	if path := e.PNGFile(); path != "" {
		e.Warn("%s holds the key: delete it once it is scanned", path)
	}
	return nil
}

// activate makes the last call, which puts all changes into effect.
func (e *Enrollment) activate(ctx context.Context, codes []secret.Text) (err error) {
	e.result, err = e.Server.ActivateTwoFactor(ctx, codes[0], e.Ticket)
	_, refused := errors.AsType[*refusal.Error](err)
	switch {
	case refused:
		return e.discard(err)
	case err != nil: // no response: the server may still have processed the call
		e.Warn("the new authenticator may be active or not: keep the recovery codes, and check with %s 2fa status", e.Program)
		return err
	}
	e.Paragraph("Two-factor authentication is on for %s."+kit.OthersEnded, e.Account)
	return nil
}

// discard removes the files of a failed enrollment, and says that nothing has
// changed.
func (e *Enrollment) discard(err error) error {
	for _, file := range e.made {
		err = file.Drop(err)
	}
	if e.Before != "" {
		e.Paragraph("%s", e.Before)
	}
	return err
}

// prepare does the steps before the last call, and returns the recovery codes.
func (e *Enrollment) prepare(ctx context.Context, begin Begin) ([]secret.Text, error) {
	picture, err := kit.OpenNewFile("--qr", e.PNGFile())
	if err != nil {
		return nil, err
	}
	e.made = append(e.made, picture)
	file, err := kit.OpenNewFile("--recovery-file", e.RecoveryFile)
	if err != nil {
		return nil, err
	}
	e.made = append(e.made, file)
	key, err := begin(ctx)
	if err != nil {
		return nil, err
	}
	if key.Immediate {
		e.Before = "Two-factor authentication is off now"
	}
	if err := Draw(picture, key); err != nil {
		return nil, err
	}
	if err := e.showKey(ctx, key); err != nil {
		return nil, err
	}
	codes, err := e.confirm(ctx)
	if err != nil {
		return nil, err
	}
	if key.Immediate {
		e.Before, e.made = "Two-factor authentication is on now", nil
	}
	if err := e.deliverCodes(ctx, file, codes); err != nil {
		return nil, err
	}
	return codes, e.confirmSaved(ctx, codes)
}

// deliverCodes writes the recovery codes to the file, or shows them.
func (e *Enrollment) deliverCodes(ctx context.Context, file *kit.NewFile, codes []secret.Text) error {
	if file != nil {
		return writeCodes(e.Console, file, codes)
	}
	return showCodes(ctx, e.Console, codes)
}

// apps names programs that make the codes of RFC 6238 with SHA-1, 6 digits and 30 seconds,
// which all platforms use.
const apps = "You need an authenticator app, for example Google Authenticator, Microsoft Authenticator, Aegis or FreeOTP " +
	"on a phone, KeePassXC or Bitwarden on a computer, or oathtool."

// showKey shows the key, and the QR code if the options ask for it and it fits.
func (e *Enrollment) showKey(ctx context.Context, key platform.Enrollment) error {
	card := terminal.Card{
		Title: "Scan this with an authenticator app, or type the key into it:",
		Fields: []terminal.Field{
			{Name: "Key", Value: inGroups(key.Secret.Reveal())},
			{Name: "Issuer", Value: key.Issuer},
			{Name: "Account", Value: key.Account},
			{Name: "Form", Value: fmt.Sprintf("%s, %d digits, %s", key.Algorithm, key.Digits, duration.Format(key.Period))},
		},
	}
	card.QR = e.qrCode(key, card)
	switch path := e.PNGFile(); {
	case path != "":
		card.Title = "Scan the QR code in " + path + " with an authenticator app, or type this key into it:"
	case card.QR == nil:
		card.Title = "Type this key into an authenticator app:"
	}
	// Nothing may stand below the card but the prompt, or its QR code leaves the screen.
	e.Notice(apps + " Give it the key below, then type the code that it shows.")
	e.seen = true
	return e.Show(ctx, card)
}

// qrCode returns the QR code of the whole URI, or of a shorter one without the
// parameters that every app assumes if only that fits, or nil for no QR code.
func (e *Enrollment) qrCode(key platform.Enrollment, card terminal.Card) *terminal.QR {
	if e.QR != "auto" && e.QR != "text" {
		return nil
	}
	why := ""
	for _, uri := range []secret.Text{key.URI, withoutDefaults(key.URI)} {
		code, err := terminal.NewQR(uri)
		if err != nil {
			why = err.Error()
			continue
		}
		card.QR = code
		if why = e.WhyNoQR(card); why == "" || e.QR == "text" {
			return code
		}
	}
	e.Notice("No QR code: %s. --qr png:FILE writes it to a picture.", why)
	return nil
}

// withoutDefaults removes the parameters whose values every authenticator app
// assumes.
func withoutDefaults(uri secret.Text) secret.Text {
	short := uri.Reveal()
	for _, parameter := range []string{"&algorithm=SHA1", "&digits=6", "&period=30"} {
		before, after, found := strings.Cut(short, parameter)
		if found && (after == "" || after[0] == '&') {
			short = before + after
		}
	}
	return secret.New(short)
}

// inGroups splits a key into groups of four characters, to make it readable.
func inGroups(key string) string {
	const group = 4
	var groups []string
	for len(key) > group {
		groups = append(groups, key[:group])
		key = key[group:]
	}
	return strings.Join(append(groups, key), " ")
}

// confirm asks for codes of the app until the server accepts one, and returns the
// recovery codes.
func (e *Enrollment) confirm(ctx context.Context) ([]secret.Text, error) {
	for {
		code, err := credentials.AskCode(ctx, e.Console, "Verification code: ", credentials.ReadAppCode)
		if err != nil {
			return nil, err
		}
		codes, err := e.confirmWith(ctx, code)
		switch {
		case err == nil:
			return codes, nil
		case errors.Is(err, platform.ErrWrongCode):
			e.Notice("%s", err)
			credentials.WarnOfSkew(e.Console, err)
		case errors.Is(err, platform.ErrTooManyAttempts):
			e.Notice("%s", e.Explanation(err))
		default:
			return nil, err
		}
	}
}

// confirmWith makes the server's second call. It returns at least one recovery
// code.
func (e *Enrollment) confirmWith(ctx context.Context, code secret.Text) ([]secret.Text, error) {
	codes, err := e.Server.ConfirmTwoFactor(ctx, code, e.Ticket)
	if err == nil && len(codes) == 0 {
		return nil, fmt.Errorf("the server returned no recovery codes for %s", e.Account)
	}
	return codes, err
}

// confirmSaved asks for one of the recovery codes, to confirm that the user saved
// them.
func (e *Enrollment) confirmSaved(ctx context.Context, codes []secret.Text) error {
	for {
		typed, err := credentials.AskCode(ctx, e.Console, "Type one of the codes to confirm that you saved them: ", credentials.ReadCode)
		if err != nil {
			return err
		}
		for _, code := range codes {
			if credentials.SameRecoveryCode(typed, code) {
				return nil
			}
		}
		e.Notice("This is not one of the recovery codes")
	}
}

// OfferToClear clears the key and the codes from the screen if the user wants. The
// enrollment is complete, so errors are ignored.
func (e *Enrollment) OfferToClear(ctx context.Context) {
	if !e.seen || !e.CanClear() {
		return
	}
	if wanted, err := e.Confirm(ctx, "Clear the screen and scrollback?"); err == nil && wanted {
		_ = e.Clear(ctx)
	}
}

// Draw writes the QR code to the file; a nil file does nothing.
func Draw(picture *kit.NewFile, key platform.Enrollment) error {
	if picture == nil {
		return nil
	}
	code, err := terminal.NewQR(key.URI)
	if err != nil {
		return err
	}
	return picture.Write(code.PNG())
}

// ConfirmAtOnce is the second step of a script. It delivers the recovery codes
// before it activates the authenticator, and activates nothing if that fails.
func (e *Enrollment) ConfirmAtOnce(ctx context.Context, code secret.Text) error {
	file, err := OpenCodesFile(e.Console, e.RecoveryFile)
	if err != nil {
		return err
	}
	e.made = append(e.made, file)
	codes, err := e.confirmWith(ctx, code)
	if refused, ok := errors.AsType[*refusal.Error](err); ok && refused.Code == refusal.Conflict {
		err = refused.WithHint("make a new key with --begin, and confirm that one")
	}
	if err != nil {
		return e.discard(err)
	}
	if err := HandOver(e.Console, file, codes); err != nil {
		return e.discard(fmt.Errorf("%w; nothing has changed", err))
	}
	return e.activate(ctx, codes)
}
