// Package enroll leads a person through setting up an authenticator app, inside
// of a login that demands it or for somebody who is logged in.
//
// It promises that nothing changes before the last call to the server, wherever
// it is interrupted, and says so; that the recovery codes are in the person's
// hands before they count; that files which turn out to be worth nothing are
// removed; and that keys and codes go to the person alone, or to a file or
// standard output that was asked for.
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

// Enrollment is the set-up of an authenticator. The server changes nothing before
// its last call, so that it may end anywhere.
type Enrollment struct {
	*kit.Console
	Server  platform.TwoFactor
	Account string      // for messages
	Ticket  secret.Text // of a login that demands it; zero: somebody is signed in
	Before  string      // what is said to hold where it does not end well
	Options

	seen   bool                   // a secret is on the screen
	result *platform.SignInResult // what the end gives, with a ticket
	made   []*kit.NewFile         // worth nothing unless it ends well
}

// Options say how key and recovery codes are shown.
type Options struct {
	QR           string // auto, text, none or png:FILE
	RecoveryFile string // empty: on the screen
}

// PNGFile is where the QR code goes as a picture; empty: nowhere.
func (o Options) PNGFile() string {
	path, isFile := strings.CutPrefix(o.QR, "png:")
	if !isFile {
		return ""
	}
	return path
}

// Result is the sign-in that the end of an enrollment gives; nil: none.
func (e *Enrollment) Result() *platform.SignInResult { return e.result }

// Unchanged says that an enrollment has changed nothing before its end.
func Unchanged(status platform.TwoFactorStatus) string {
	if status.On {
		return "Nothing has changed: your current authenticator still works"
	}
	return "Nothing has changed: two-factor authentication is off"
}

// Begin makes the server's first call.
type Begin func(context.Context) (platform.Enrollment, error)

// Run goes through all steps with a person.
func (e *Enrollment) Run(ctx context.Context, begin Begin) error {
	codes, err := e.prepare(ctx, begin)
	if err != nil {
		return e.undone(err)
	}
	if err := e.activate(ctx, codes); err != nil {
		return err
	}
	if path := e.PNGFile(); path != "" {
		e.Warn("%s holds the key: delete it once it is scanned", path)
	}
	return nil
}

// activate makes the last call, with which everything changes at once.
func (e *Enrollment) activate(ctx context.Context, codes []secret.Text) (err error) {
	e.result, err = e.Server.ActivateTwoFactor(ctx, codes[0], e.Ticket)
	_, refused := errors.AsType[*refusal.Error](err)
	switch {
	case refused:
		return e.undone(err)
	case err != nil: // the answer was lost, perhaps not the call
		e.Warn("whether the new authenticator counts now is not known: keep the recovery codes, and see %s 2fa status", e.Program)
		return err
	}
	e.Paragraph("Two-factor authentication is on for %s."+kit.OthersEnded, e.Account)
	return nil
}

// undone removes what is worth nothing, and says that nothing has changed.
func (e *Enrollment) undone(err error) error {
	for _, file := range e.made {
		err = file.Drop(err)
	}
	e.Paragraph("%s", e.Before)
	return err
}

// prepare does everything that changes nothing.
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
	if err := e.keepCodes(ctx, file, codes); err != nil {
		return nil, err
	}
	return codes, e.typeBack(ctx, codes)
}

// keepCodes gives the recovery codes to the person.
func (e *Enrollment) keepCodes(ctx context.Context, file *kit.NewFile, codes []secret.Text) error {
	if file != nil {
		return writeCodes(e.Console, file, codes)
	}
	return showCodes(ctx, e.Console, codes)
}

// showKey shows the QR code, where that is wanted and possible, and the key.
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
	e.seen = true
	return e.Show(ctx, card)
}

// qrCode chooses the text of the code: the whole URI, or one without what every
// app assumes, where only that one fits. It returns nil for none.
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
	e.Paragraph("No QR code: %s. --qr png:FILE makes a picture of it.", why)
	return nil
}

// withoutDefaults leaves the parameters out that every authenticator app assumes.
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

// inGroups writes a key as people read it out: in groups of four.
func inGroups(key string) string {
	const group = 4
	var groups []string
	for len(key) > group {
		groups = append(groups, key[:group])
		key = key[group:]
	}
	return strings.Join(append(groups, key), " ")
}

// confirm asks for codes of the app until the server takes one.
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
			e.Message("%s", err)
			credentials.WarnOfSkew(e.Console, err)
		case errors.Is(err, platform.ErrTooManyAttempts):
			e.Message("Too many wrong codes; %s", e.Classify(err).Hint)
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
		return nil, fmt.Errorf("%s gave no recovery codes", e.Account)
	}
	return codes, err
}

// typeBack lets the person show that the recovery codes were kept.
func (e *Enrollment) typeBack(ctx context.Context, codes []secret.Text) error {
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
		e.Message("That is none of the recovery codes")
	}
}

// OfferToClear takes the key and the codes off the screen, if the person wants
// that. All is done: a failure does not matter any more.
func (e *Enrollment) OfferToClear(ctx context.Context) {
	if !e.seen || !e.CanClear() {
		return
	}
	if wanted, err := e.Confirm(ctx, "Clear the screen and scrollback?"); err == nil && wanted {
		_ = e.Clear(ctx)
	}
}

// Draw writes the QR code into the file, if there is one.
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

// ConfirmAtOnce is the second step of a script. The codes are handed over before
// they are worth something: what can't be handed over turns nothing on.
func (e *Enrollment) ConfirmAtOnce(ctx context.Context, code secret.Text) error {
	file, err := OpenCodesFile(e.Console, e.RecoveryFile)
	if err != nil {
		return err
	}
	e.made = append(e.made, file)
	codes, err := e.confirmWith(ctx, code)
	if err == nil {
		err = HandOver(e.Console, file, codes)
	}
	if err != nil {
		return e.undone(err)
	}
	return e.activate(ctx, codes)
}
