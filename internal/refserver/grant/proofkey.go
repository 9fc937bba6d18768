package grant

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// ChallengeMethod is the only way in which a program may hide its proof key until it
// redeems the code. With the method plain, whoever reads the request has the key.
const ChallengeMethod = "S256"

// ErrChallenge is returned for a challenge that cannot be the hash of a proof key.
var ErrChallenge = &refusal.Error{Code: refusal.Invalid, Message: "the code challenge must be a SHA-256 hash in base64url, and its method S256"}

// Challenge is the hash of a program's proof key (RFC 7636, section 4.2).
type Challenge string

// ParseChallenge reads a challenge and its method. A missing method stands for plain
// (section 4.3) and is refused, too.
func ParseChallenge(text, method string) (Challenge, error) {
	hash, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(hash) != sha256.Size || method != ChallengeMethod || strings.ContainsAny(text, "\r\n") {
		return "", ErrChallenge
	}
	return Challenge(text), nil
}

// The lengths of a proof key (section 4.1).
const (
	minVerifier = 43
	maxVerifier = 128
)

// Meets reports whether a challenge is the hash of a well-formed proof key (section 4.6).
func (c Challenge) Meets(verifier secret.Text) bool {
	text := verifier.Reveal()
	if len(text) < minVerifier || len(text) > maxVerifier || strings.ContainsFunc(text, isReserved) {
		return false
	}
	hash := sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(hash[:])), []byte(c)) == 1
}

// isReserved reports whether a character may not be part of a proof key.
func isReserved(c rune) bool {
	isLetter := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
	return !isLetter && (c < '0' || c > '9') && !strings.ContainsRune("-._~", c)
}
