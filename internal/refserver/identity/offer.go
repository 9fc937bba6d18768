package identity

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Offer is a new TOTP secret as an authenticator app needs it. It is shown once.
type Offer struct {
	Secret  secret.Text // base32, as EncodeSeed writes it
	URI     secret.Text // otpauth://totp/…, for a QR code
	Issuer  string
	Account string
	Digits  int
	Period  int // seconds
	Expires time.Time
}

// OfferAlgorithm is the hash of every offer, by its name in otpauth URIs.
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

// label removes colons, which apps take for the end of the issuer.
func label(name string) string { return strings.ReplaceAll(name, ":", "") }

// escape writes a space as %20: some apps show a plus sign literally.
func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
