package identity

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

// What every authenticator app assumes: SHA-1, six digits, steps of 30 seconds.
// HMAC-SHA-1 is not touched by the collisions of SHA-1.
const (
	totpSeconds = 30

	// totpWindow is how many steps a code may be early or late.
	totpWindow = 1
)

// clockSlackSteps is how far ahead of the time a step that was used may be and
// still count as used. One beyond that is left from a clock that ran ahead, and
// would refuse every code until that time comes. Within it, which is more than
// time services put right without being told to, no step is good twice.
const clockSlackSteps = int64(ClockSlack / (totpSeconds * time.Second))

// seedBytes is the size of a new seed: 160 bits, as RFC 4226 recommends.
const seedBytes = 20

var errSeed = errors.New("TOTP seed is not base32")

// NewSeed draws a TOTP seed of 160 bits.
func NewSeed(random io.Reader) ([]byte, error) {
	seed := make([]byte, seedBytes)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("draw a TOTP seed: %w", err)
	}
	return seed, nil
}

// EncodeSeed returns the seed in the base32 that a person types into an
// authenticator app: upper case, no padding.
func EncodeSeed(seed []byte) secret.Text {
	return secret.New(seedEncoding().EncodeToString(seed))
}

// DecodeSeed reads a seed in base32 as it is found in the wild: either case,
// with blanks and dashes, with padding or without. An empty seed is an error,
// because its codes would be known to all. The error does not quote the input.
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

// TOTP returns the code of one step, by RFC 6238. A step is the number of whole
// 30 seconds since the Unix epoch.
func TOTP(seed []byte, step int64) string {
	return hotp(sha1.New, seed, uint64(step), syntax.CodeDigits)
}

// MatchTOTP reports whether code is good at the time now, and for which step.
// The caller must spend the step, atomically and only upwards: a code that is
// good for one sign-in is good for no second one.
//
// A code is good in its own step and in the ones before and after it. All of
// them are computed whatever the outcome, so that the time taken tells nothing;
// should two fit, the later one is returned, which leaves nothing to replay.
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

// hotp is RFC 4226, with the choice of hash that RFC 6238 adds. Digits is at
// most 9.
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
