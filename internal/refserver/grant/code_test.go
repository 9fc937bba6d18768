package grant_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

var approval = grant.Approval{UserID: "user-alice", Session: "session"}

// issue makes a code for the challenge of RFC 7636's example.
func (w *world) issue() secret.Text {
	w.Helper()
	redirect, err := grant.ParseRedirect("http://127.0.0.1:43121/callback")
	if err != nil {
		w.Fatal(err)
	}
	var code secret.Text
	w.write(func(tx transaction.Tx) (err error) {
		request := grant.Request{Client: grant.CommandLine, Redirect: redirect, Challenge: challenge}
		code, err = grant.IssueCode(w.ctx, tx, rand.Reader, request, approval, start)
		return err
	})
	return code
}

// redeem sends a code at a time, and returns the refusal.
func (w *world) redeem(sent grant.Redemption, at time.Time) (code grant.Code, refused error) {
	w.Helper()
	refused = w.try(func(tx transaction.Tx) (err error) {
		code, err = grant.RedeemCode(w.ctx, tx, sent, at)
		return err
	})
	return code, refused
}

func rightRedemption(code secret.Text) grant.Redemption {
	return grant.Redemption{Client: grant.CommandLine, Code: code, Redirect: "http://127.0.0.1:43121/callback", Verifier: secret.New(verifier)}
}

func TestACodeIsRedeemed(t *testing.T) {
	w := newWorld(t)
	code := w.issue()
	if code.Len() < 43 {
		t.Errorf("a code has %d characters", code.Len()) // 256 bits in base64
	}
	found, err := w.redeem(rightRedemption(code), start.Add(time.Minute-time.Millisecond))
	if err != nil || found.Approval != approval {
		t.Errorf("got %+v, %v", found, err)
	}
}

// RFC 6749, section 4.1.3, and RFC 7636, section 4.6. Whatever was wrong, the code is spent.
func TestWrongRedemptions(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*grant.Redemption)
		after  time.Duration
	}{
		"RFC 6749, 4.1.2: after a minute":         {func(*grant.Redemption) {}, time.Minute},
		"RFC 6749, 4.1.3: another client":         {func(r *grant.Redemption) { r.Client = "other" }, 0},
		"RFC 6749, 4.1.3: another redirect":       {func(r *grant.Redemption) { r.Redirect = "http://127.0.0.1:43122/callback" }, 0},
		"RFC 6749, 4.1.3: no redirect":            {func(r *grant.Redemption) { r.Redirect = "" }, 0},
		"RFC 7636, 4.6: another proof key":        {func(r *grant.Redemption) { r.Verifier = secret.New(strings.Repeat("a", 43)) }, 0},
		"RFC 7636, 4.6: no proof key":             {func(r *grant.Redemption) { r.Verifier = secret.Text{} }, 0},
		"RFC 7636, 4.6: the challenge as the key": {func(r *grant.Redemption) { r.Verifier = secret.New(challenge) }, 0},
		"made after the clock was set back":       {func(*grant.Redemption) {}, -2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			code := w.issue()
			sent := rightRedemption(code)
			tt.change(&sent)
			_, err := w.redeem(sent, start.Add(tt.after))
			w.same(err, grant.ErrBadGrant)
			if errors.Is(err, grant.ErrUsed) {
				t.Error("refused as used")
			}
			_, err = w.redeem(rightRedemption(code), start)
			w.same(err, grant.ErrUsed)
		})
	}
}

func TestAnUnknownCodeIsNotRedeemed(t *testing.T) {
	w := newWorld(t)
	_, err := w.redeem(rightRedemption(secret.New("unknown")), start)
	w.same(err, grant.ErrBadGrant)
}

// RFC 6749, section 4.1.2: the second use names what the first one made, whatever was sent
// with the code.
func TestASecondUseNamesWhatTheFirstMade(t *testing.T) {
	w := newWorld(t)
	code := w.issue()
	first, err := w.redeem(rightRedemption(code), start)
	w.same(err, nil)
	w.write(func(tx transaction.Tx) error {
		return tx.SetCodeToken(w.ctx, first.Hash, grant.Made{Token: "made", Until: start.Add(time.Hour)})
	})
	for _, sent := range []grant.Redemption{rightRedemption(code), {Code: code}} {
		second, err := w.redeem(sent, start)
		w.same(err, grant.ErrUsed)
		w.same(err, grant.ErrBadGrant)
		if second.Token != "made" {
			t.Errorf("got %+v", second)
		}
	}
}
