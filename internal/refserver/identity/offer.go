package identity

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Offer is what an authenticator app has to know of a new secret. It is told
// once.
type Offer struct {
	Secret  secret.Text // base32, as EncodeSeed writes it
	URI     secret.Text // otpauth://totp/…, for a QR code
	Issuer  string
	Account string
	Digits  int
	Period  int // seconds
	Expires time.Time
}

// OfferAlgorithm is the hash of every offer, as otpauth URIs name it.
const OfferAlgorithm = "SHA1"

func newOffer(issuer, account string, seed []byte, expires time.Time) Offer {
	offer := Offer{
		Secret: EncodeSeed(seed), Issuer: label(issuer), Account: label(account),
		Digits: syntax.CodeDigits, Period: totpSeconds, Expires: expires,
	}
	offer.URI = secret.New(fmt.Sprintf("otpauth://totp/%s?secret=%s&issuer=%s&algorithm=%s&digits=%d&period=%d",
		escape(offer.Issuer+":"+offer.Account), offer.Secret.Reveal(), escape(offer.Issuer),
		OfferAlgorithm, offer.Digits, offer.Period))
	return offer
}

// label drops the one character that apps take for the end of the issuer.
func label(name string) string { return strings.ReplaceAll(name, ":", "") }

// escape writes a blank as %20: some apps show a plus sign as it is.
func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
