// Package browsersignin signs a user in through a browser: that of this machine, or one
// anywhere else, for which it shows a code and a QR code.
//
// It promises to show the address in any case, because whether a page was opened is
// unknown; to open a browser only where the user can see it; and to start nothing that
// nobody would complete: with --no-input, and in a CI job, it returns an error that names
// what works there.
//
// The command decides what to do with the result.
package browsersignin

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/browserlogin"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/internal/webbrowser"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Flags are the flags of a sign-in in a browser.
type Flags struct {
	SSO       bool // in the browser of this machine if there is one
	NoBrowser bool // the same, but the user opens the address
	Device    bool // in a browser on any machine
}

// Bind defines the flags.
func (f *Flags) Bind(flags *pflag.FlagSet) {
	flags.BoolVar(&f.SSO, "sso", false, "log in in the browser, as with single sign-on; over SSH or without a display, as --device")
	flags.BoolVar(&f.NoBrowser, "no-browser", false, "log in in the browser, and only print the address to open on this machine")
	flags.BoolVar(&f.Device, "device", false, "log in in a browser on any machine or phone, with a code")
}

// Wanted reports whether a flag asks for a sign-in in a browser.
func (f Flags) Wanted() bool { return f.SSO || f.NoBrowser || f.Device }

// chosen returns the flag that says most about how the user signs in.
func (f Flags) chosen() string {
	switch {
	case f.Device:
		return "--device"
	case f.NoBrowser:
		return "--no-browser"
	default:
		return "--sso"
	}
}

// Check returns an error for flags that exclude each other.
func (f Flags) Check() error {
	if f.NoBrowser && f.Device {
		return refusal.Usagef("--no-browser and --device exclude each other")
	}
	return nil
}

// Dialogue signs a user in.
type Dialogue struct {
	*kit.Console
	Flags
	Browser webbrowser.Browser
	NoInput string // why nobody can complete a sign-in, as in "CI is set"; empty: somebody can
}

// CanRun returns an error if nobody would complete the sign-in.
func (d Dialogue) CanRun() error {
	if d.NoInput == "" {
		return nil
	}
	return refusal.New(refusal.InputRequired, "cannot sign in in a browser: %s", d.NoInput).
		WithHint("give an ID token with --id-token-file FILE or --id-token auto, or a token with --token -")
}

// SignIn signs the user in, in the browser of this machine or elsewhere.
func (d Dialogue) SignIn(ctx context.Context, server *platform.TokenServer) (platform.SignInResult, error) {
	result, err := d.signIn(ctx, server)
	if refused, ok := errors.AsType[*refusal.Error](err); ok && refused.Code == refusal.Denied && refused.Hint == "" {
		return result, refused.WithHint("run " + d.Program + " login " + d.chosen() + " to try again")
	}
	return result, err
}

func (d Dialogue) signIn(ctx context.Context, server *platform.TokenServer) (platform.SignInResult, error) {
	done := func() {}
	defer func() { done() }()
	if d.Device || !d.NoBrowser && !d.Browser.IsHere() {
		return server.SignInAnywhere(ctx, func(prompt browserlogin.Prompt) error {
			err := d.showCode(ctx, prompt)
			done = d.Waiting("the approval in a browser")
			return err
		})
	}
	return server.SignInHere(ctx, func(address string) error {
		d.open(address)
		done = d.Waiting("the browser")
		return nil
	})
}

// open opens an address, and shows it in any case.
func (d Dialogue) open(address string) {
	within := duration.Format(browserlogin.LoopbackLimit)
	switch {
	case d.NoBrowser:
		d.Notice("Open this address in a browser on this machine, and sign in within %s:", within)
	case d.Browser.Open(address) != nil:
		d.Notice("No browser was found. Open this address in one on this machine, and sign in within %s:", within)
	default:
		d.Notice("Sign in in the browser within %s. If no page is open, go to:", within)
	}
	d.Notice("  %s", address)
}

// showCode shows the code and the address, at a terminal also as a QR code.
func (d Dialogue) showCode(ctx context.Context, prompt browserlogin.Prompt) error {
	left := duration.Format(prompt.Expires.Sub(d.Now()).Round(time.Second))
	card := terminal.Card{
		Title:  "Sign in in a browser on any machine or phone, within " + left + ". The page asks for this code, or shows it: then compare.",
		Fields: []terminal.Field{{Name: "Address", Value: prompt.Address}, {Name: "Code", Value: prompt.Code}},
	}
	if d.JSON || d.CanAsk() != nil {
		d.Notice("%s", card.Title)
		for _, field := range card.Fields {
			d.Notice("  %-8s %s", field.Name, field.Value)
		}
		return nil
	}
	card.QR = d.qrCode(prompt, card)
	return d.Show(ctx, card)
}

// qrCode returns the QR code of the address that has the code already, or nil if it can't
// be scanned here.
func (d Dialogue) qrCode(prompt browserlogin.Prompt, card terminal.Card) *terminal.QR {
	if prompt.Complete == "" {
		return nil
	}
	code, err := terminal.NewQR(secret.New(prompt.Complete))
	if err != nil {
		return nil
	}
	if card.QR = code; d.WhyNoQR(card) != "" {
		return nil
	}
	return code
}
