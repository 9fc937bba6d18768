package browserlogin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Prompt is what a user needs to approve a sign-in in any browser.
type Prompt struct {
	Code     string // to compare, or to type
	Address  string // where to type it
	Complete string // address that has the code already; empty: none
	Expires  time.Time
}

// Intervals between two requests about a device code (RFC 8628, sections 3.2 and 3.5).
const (
	usualInterval   = 5 * time.Second
	longestInterval = time.Minute
	slowDown        = 5 * time.Second
)

// longestDevice bounds how long a device code is asked about.
const longestDevice = time.Hour

// Device signs in with a browser on any machine. It calls show with the code, and then
// asks the server until the user has approved or refused it.
func (f Flow) Device(ctx context.Context, show func(Prompt) error) (oauth.TokenResponse, error) {
	device, err := f.Server.StartDevice(ctx)
	if err != nil {
		return oauth.TokenResponse{}, err
	}
	expires := f.Now().Add(min(seconds(device.ExpiresIn), longestDevice))
	prompt := Prompt{Code: device.UserCode, Address: device.VerificationURI, Complete: device.VerificationURIComplete, Expires: expires}
	if err := show(prompt); err != nil {
		return oauth.TokenResponse{}, err
	}
	p := poll{Flow: f, code: device.DeviceCode.Text(), interval: usualInterval}
	if device.Interval > 0 {
		p.interval = min(seconds(device.Interval), longestInterval)
	}
	return p.until(ctx, expires)
}

// seconds converts what a server says, which may be more than fits.
func seconds(n int64) time.Duration {
	return time.Duration(min(n, int64(24*time.Hour/time.Second))) * time.Second
}

// poll asks about a device code.
type poll struct {
	Flow
	code     secret.Text
	interval time.Duration
}

// until asks until there is a token, or an error that does not pass, or it is too late.
func (p *poll) until(ctx context.Context, end time.Time) (oauth.TokenResponse, error) {
	pause := p.interval
	for {
		if err := p.wait(ctx, min(pause, end.Sub(p.Now()))); err != nil {
			return oauth.TokenResponse{}, err
		}
		if !p.Now().Before(end) {
			return oauth.TokenResponse{}, ErrTooLate
		}
		token, err := p.Server.RedeemDevice(ctx, p.code)
		if err == nil {
			return token, nil
		}
		if pause = p.pauseAfter(err, pause); pause == 0 {
			return oauth.TokenResponse{}, explain(err)
		}
	}
}

// pauseAfter returns how long to wait after an error, or 0 for one that does not pass.
func (p *poll) pauseAfter(err error, last time.Duration) time.Duration {
	if refused, ok := errors.AsType[*oauth.Error](err); ok {
		switch refused.Code {
		case oauth.SlowDown:
			p.interval = min(p.interval+slowDown, longestInterval)
		case oauth.AuthorizationPending, oauth.TemporarilyUnavailable:
		default:
			return 0
		}
		return max(p.interval, min(refused.Retry, longestInterval))
	}
	if isPassing(err) {
		return min(2*last, longestInterval) // RFC 8628, section 3.5
	}
	return 0
}

// isPassing reports whether the server was not reached, or only its proxy.
func isPassing(err error) bool {
	if unexpected, ok := errors.AsType[*httpcall.UnexpectedAnswerError](err); ok {
		return unexpected.Status == http.StatusBadGateway || unexpected.Status == http.StatusGatewayTimeout
	}
	_, unreachable := errors.AsType[*httpcall.UnreachableError](err)
	return unreachable
}
