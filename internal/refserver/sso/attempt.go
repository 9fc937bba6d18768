package sso

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/pkg/secret"
)

// attemptCookie is the name of the cookie of a sign-in at a provider. It is Lax: the
// provider's page leads back here.
const attemptCookie = "dxauth-sso"

// attemptTime is how long the user may take at the provider.
const attemptTime = 10 * time.Minute

// attempt is a sign-in at a provider. Only the browser has it, in a cookie, and all that
// the provider gets and gives back is computed from it. So a response that another
// browser asked for fits no cookie here, and a sign-in that nobody completes leaves
// nothing behind. A user who changes the cookie only loses the sign-in: every value
// depends on all of it.
type attempt struct {
	Random   string `json:"r"`
	Provider string `json:"p"`
	Redirect string `json:"u"` // the redirect URI
	Next     string `json:"n"` // where the browser continues
	Made     int64  `json:"t"` // in seconds
	Again    bool   `json:"a"` // the provider has to ask the user again

	// Own binds an attempt that links the identity to the account of a visitor to the
	// session in which it began, see Handler.bound; empty: the attempt is a sign-in.
	Own string `json:"o,omitempty"`
}

// attemptRandom is the number of random bytes.
const attemptRandom = 32

// newAttempt draws an attempt.
func newAttempt(random io.Reader, a attempt) (attempt, error) {
	drawn := make([]byte, attemptRandom)
	if _, err := io.ReadFull(random, drawn); err != nil {
		return attempt{}, fmt.Errorf("draw a state: %w", err)
	}
	a.Random = base64.RawURLEncoding.EncodeToString(drawn)
	return a, nil
}

// encode returns the value of the cookie.
func (a attempt) encode() secret.Text {
	text, err := json.Marshal(a)
	if err != nil { // cannot happen: texts and numbers
		panic(err)
	}
	return secret.New(base64.RawURLEncoding.EncodeToString(text))
}

// readAttempt returns the attempt of a request with a provider, or false if there is none
// that is valid.
func (h *Handler) readAttempt(r *http.Request, name string) (a attempt, ok bool) {
	text, err := base64.RawURLEncoding.DecodeString(h.cookie(r).Value().Reveal())
	if err != nil || json.Unmarshal(text, &a) != nil {
		return attempt{}, false
	}
	random, err := base64.RawURLEncoding.DecodeString(a.Random)
	valid := clock.Span{Made: a.made(), Ends: a.made().Add(attemptTime)}
	return a, err == nil && len(random) == attemptRandom && a.Provider == name && valid.Contains(h.now())
}

func (a attempt) made() time.Time { return time.Unix(a.Made, 0) }

// derived returns a value for one purpose, of 43 characters of base64url: as long as the
// verifier of a code must be (RFC 7636, section 4.1), and fit for a URL.
func (a attempt) derived(purpose string) secret.Text {
	mac := hmac.New(sha256.New, []byte(a.Random))
	fmt.Fprintf(mac, "%s\x00%s", purpose, a.encode().Reveal())
	return secret.New(base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
}

// The values of an attempt. The provider sees the state and the nonce, and the verifier
// after it made the code; the ticket stays here.
func (a attempt) state() secret.Text    { return a.derived("state") }
func (a attempt) nonce() secret.Text    { return a.derived("nonce") }
func (a attempt) verifier() secret.Text { return a.derived("verifier") }
func (a attempt) ticket() secret.Text   { return a.derived("ticket") }

func (h *Handler) cookie(r *http.Request) web.Cookie { return h.base.CookieOf(r, attemptCookie) }

// drop removes the cookie of the attempt.
func (h *Handler) drop(w http.ResponseWriter, r *http.Request) {
	if cookie := h.cookie(r); !cookie.Value().IsZero() {
		http.SetCookie(w, cookie.Removed())
	}
}
