package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// enrolment leads a person through setting up an authenticator. The server
// changes nothing before its last call, so that it may end anywhere.
type enrolment struct {
	*app
	server  platform.TwoFactor
	account string      // for messages
	ticket  secret.Text // of a login that demands it; zero: somebody is signed in
	o       enrolOptions
	before  string // what holds until the end

	seen bool                   // a secret is on the screen
	pass *platform.SignInResult // what the end gives, with a ticket
	made []*newFile             // worth nothing unless it ends well
}

// stillSo says what an enrolment has changed before its end.
func stillSo(status platform.TwoFactorStatus) string {
	if status.On {
		return "Nothing has changed: the authenticator of before still holds"
	}
	return "Nothing has changed: two-factor authentication is off"
}

// begin makes the server's first call.
type begin func(context.Context) (platform.Enrollment, error)

// run goes through all steps with a person.
func (e *enrolment) run(ctx context.Context, begin begin) error {
	codes, err := e.prepare(ctx, begin)
	if err != nil {
		return e.undone(err)
	}
	if err := e.activate(ctx, codes); err != nil {
		return err
	}
	if path := e.o.pngFile(); path != "" {
		e.term.Warn("%s holds the key: delete it once it is scanned", path)
	}
	return nil
}

// activate makes the last call, with which everything changes at once.
func (e *enrolment) activate(ctx context.Context, codes []secret.Text) (err error) {
	e.pass, err = e.server.ActivateTwoFactor(ctx, codes[0], e.ticket)
	_, refused := errors.AsType[*refusal.Error](err)
	switch {
	case refused:
		return e.undone(err)
	case err != nil: // the answer was lost, perhaps not the call
		e.term.Warn("whether the new authenticator counts now is not known: keep the recovery codes, and see %s 2fa status", e.Program)
		return err
	}
	e.term.Paragraph("Two-factor authentication is on for %s."+kit.OthersEnded, e.account)
	return nil
}

// undone removes what is worth nothing, and says that nothing has changed.
func (e *enrolment) undone(err error) error {
	for _, file := range e.made {
		err = file.drop(err)
	}
	e.term.Paragraph("%s", e.before)
	return err
}

// prepare does everything that changes nothing.
func (e *enrolment) prepare(ctx context.Context, begin begin) ([]secret.Text, error) {
	picture, err := openNew("--qr", e.o.pngFile())
	if err != nil {
		return nil, err
	}
	e.made = append(e.made, picture)
	file, err := openNew("--recovery-file", e.o.recoveryFile)
	if err != nil {
		return nil, err
	}
	e.made = append(e.made, file)
	key, err := begin(ctx)
	if err != nil {
		return nil, err
	}
	if key.Immediate {
		e.before = "Two-factor authentication is off now"
	}
	if err := draw(picture, key); err != nil {
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
		e.before, e.made = "Two-factor authentication is on now", nil
	}
	if err := e.keepCodes(ctx, file, codes); err != nil {
		return nil, err
	}
	return codes, e.typeBack(ctx, codes)
}

// keepCodes gives the recovery codes to the person.
func (e *enrolment) keepCodes(ctx context.Context, file *newFile, codes []secret.Text) error {
	if file != nil {
		return e.writeCodes(file, codes)
	}
	return e.showCodes(ctx, codes)
}

// showKey shows the QR code, where that is wanted and possible, and the key.
func (e *enrolment) showKey(ctx context.Context, key platform.Enrollment) error {
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
	switch path := e.o.pngFile(); {
	case path != "":
		card.Title = "Scan the QR code in " + path + " with an authenticator app, or type this key into it:"
	case card.QR == nil:
		card.Title = "Type this key into an authenticator app:"
	}
	e.seen = true
	return e.term.Show(ctx, card)
}

// qrCode chooses the text of the code: the whole URI, or one without what every
// app assumes, where only that one fits. It answers nil for none.
func (e *enrolment) qrCode(key platform.Enrollment, card terminal.Card) *terminal.QR {
	if e.o.qr != "auto" && e.o.qr != "text" {
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
		if why = e.term.WhyNoQR(card); why == "" || e.o.qr == "text" {
			return code
		}
	}
	e.term.Paragraph("No QR code: %s. --qr png:FILE makes a picture of it.", why)
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
func (e *enrolment) confirm(ctx context.Context) ([]secret.Text, error) {
	for {
		code, err := e.askForCode(ctx, "Verification code: ", readAppCode)
		if err != nil {
			return nil, err
		}
		codes, err := e.confirmWith(ctx, code)
		switch {
		case err == nil:
			return codes, nil
		case errors.Is(err, platform.ErrWrongCode):
			e.term.Message("%s", err)
			e.nameSkew(err)
		case errors.Is(err, platform.ErrTooManyAttempts):
			e.term.Message("Too many wrong codes; %s", e.failureOf(err).Hint)
		default:
			return nil, err
		}
	}
}

// confirmWith makes the server's second call. It answers at least one recovery
// code.
func (e *enrolment) confirmWith(ctx context.Context, code secret.Text) ([]secret.Text, error) {
	codes, err := e.server.ConfirmTwoFactor(ctx, code, e.ticket)
	if err == nil && len(codes) == 0 {
		return nil, fmt.Errorf("%s gave no recovery codes", e.account)
	}
	return codes, err
}

// typeBack lets the person show that the recovery codes were kept.
func (e *enrolment) typeBack(ctx context.Context, codes []secret.Text) error {
	for {
		typed, err := e.askForCode(ctx, "One of the recovery codes, to show that you kept them: ", readCode)
		if err != nil {
			return err
		}
		for _, code := range codes {
			if sameRecoveryCode(typed, code) {
				return nil
			}
		}
		e.term.Message("That is none of the recovery codes")
	}
}

// offerToClear takes the key and the codes off the screen, if the person wants
// that. All is done: a failure does not matter any more.
func (e *enrolment) offerToClear(ctx context.Context) {
	if !e.seen || !e.term.CanClear() {
		return
	}
	if wanted, err := e.term.Confirm(ctx, "Clear the screen, also what has scrolled away?"); err == nil && wanted {
		_ = e.term.Clear(ctx)
	}
}

// draw writes the QR code into the file, if there is one.
func draw(picture *newFile, key platform.Enrollment) error {
	if picture == nil {
		return nil
	}
	code, err := terminal.NewQR(key.URI)
	if err != nil {
		return err
	}
	return picture.write(code.PNG())
}

// loginEnrolment sets an authenticator up inside of a login that demands it.
func (d *dialogue) loginEnrolment(ctx context.Context, ticket secret.Text) (*enrolment, error) {
	server, err := d.platform.TwoFactor()
	hint := "log in at a terminal once to set it up, or with an API token"
	if err != nil || d.scripted {
		return nil, refusal.New(refusal.Denied, "%s signs nobody in without two-factor authentication, and %s has none yet", d.host, d.person.Username).
			WithHint(hint)
	}
	e := &enrolment{
		app: d.app, server: server, account: d.person.Username, ticket: ticket,
		o: enrolOptions{qr: "auto"}, before: "Nothing has changed: you are not logged in, and two-factor authentication is off",
	}
	d.term.Paragraph("%s signs nobody in without two-factor authentication. Set it up now; you need an authenticator app on a phone or a computer.", d.host)
	return e, e.run(ctx, func(ctx context.Context) (platform.Enrollment, error) {
		return server.BeginTwoFactor(ctx, platform.Credentials{}, ticket)
	})
}
