package identity

import (
	"crypto/hmac"
	"crypto/sha1" // #nosec G505 -- RFC 6238, section 1.2; as HMAC it is not broken
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

// All authenticator apps support SHA-1, six digits and steps of 30 seconds. The
// collisions of SHA-1 do not affect HMAC-SHA-1.
const (
	totpSeconds = 30

	// totpWindow is how many steps early or late a code is accepted.
	totpWindow = 1
)

// clockSlackSteps is how far ahead of now a used step still counts. One further
// ahead was used while the clock was wrong, and would block every code until that
// time. Within the slack, which exceeds what time services correct unattended, no
// step is accepted twice.
const clockSlackSteps = int64(clock.Slack / (totpSeconds * time.Second))

// seedBytes is the size of a new seed: 160 bits, as RFC 4226 recommends.
const seedBytes = 20

var errSeed = errors.New("TOTP seed is not base32")

// NewSeed returns a random TOTP seed of 160 bits.
func NewSeed(random io.Reader) ([]byte, error) {
	seed := make([]byte, seedBytes)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("draw a TOTP seed: %w", err)
	}
	return seed, nil
}

// EncodeSeed returns the seed in base32 for typing into an authenticator app: upper
// case, no padding.
func EncodeSeed(seed []byte) secret.Text {
	return secret.New(seedEncoding().EncodeToString(seed))
}

// DecodeSeed reads a seed in base32: in either case, with or without spaces, dashes
// and padding. It refuses an empty seed, whose codes anyone could compute. The
// error does not quote the input.
func DecodeSeed(encoded string) ([]byte, error) {
	digits := strings.TrimRight(syntax.WithoutSeparators(encoded), "=")
	seed, err := seedEncoding().DecodeString(strings.ToUpper(digits))
	if err != nil || len(seed) == 0 {
		return nil, errSeed
	}
	return seed, nil
}

func seedEncoding() *base32.Encoding {
	return base32.StdEncoding.WithPadding(base32.NoPadding)
}

// TOTP returns the code of one step by RFC 6238. Steps are periods of 30 seconds,
// counted from the Unix epoch.
func TOTP(seed []byte, step int64) string {
	return hotp(sha1.New, seed, uint64(step), syntax.CodeDigits) // #nosec G115 -- steps since 1970
}

// MatchTOTP reports whether code is valid at the time now, and for which step. The
// caller must spend the step atomically and never accept it or an earlier one
// again.
//
// A code is valid in its own step and in the ones before and after it. All are
// computed in any case, so that the time reveals nothing. If two match, the later
// one is returned, so that the code cannot be replayed.
func MatchTOTP(seed []byte, code string, now time.Time) (step int64, ok bool) {
	if len(seed) == 0 || !syntax.IsVerificationCode(code) {
		return 0, false
	}
	current := now.Unix() / totpSeconds
	found, offset := 0, 0
	for o := -totpWindow; o <= totpWindow; o++ {
		equal := subtle.ConstantTimeCompare([]byte(TOTP(seed, current+int64(o))), []byte(code))
		offset = subtle.ConstantTimeSelect(equal, o, offset)
		found |= equal
	}
	if found == 0 {
		return 0, false
	}
	return current + int64(offset), true
}

// hotp implements RFC 4226 with the choice of hash that RFC 6238 adds. Digits must
// be at most 9.
func hotp(newHash func() hash.Hash, seed []byte, counter uint64, digits int) string {
	mac := hmac.New(newHash, seed)
	mac.Write(binary.BigEndian.AppendUint64(nil, counter))
	sum := mac.Sum(nil)
	start := sum[len(sum)-1] & 0x0f
	number := binary.BigEndian.Uint32(sum[start:]) & 0x7fffffff
	modulus := uint32(1)
	for range digits {
		modulus *= 10
	}
	return fmt.Sprintf("%0*d", digits, number%modulus)
}
