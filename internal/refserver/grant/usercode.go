package grant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/throttle"
)

// The code that a user types has eight letters out of twenty (RFC 8628, section 6.1): no
// vowels, so that it is not a word, and none that look alike.
const (
	userCodeLetters = "BCDFGHJKLMNPQRSTVWXZ"
	userCodeLength  = 8
	userCodeGroup   = 4
)

// UserCode is such a code in the form in which it is shown, such as WDJB-MJHT.
type UserCode string

// NewUserCode draws a code. It skips bytes beyond the largest multiple of the number of
// letters, so that all letters are equally likely.
func NewUserCode(random io.Reader) (UserCode, error) {
	const fair = 256 - 256%len(userCodeLetters)
	code := make([]byte, 0, userCodeLength)
	draw := make([]byte, userCodeLength)
	for len(code) < userCodeLength {
		if _, err := io.ReadFull(random, draw); err != nil {
			return "", fmt.Errorf("draw a user code: %w", err)
		}
		for _, b := range draw {
			if int(b) < fair && len(code) < userCodeLength {
				code = append(code, userCodeLetters[int(b)%len(userCodeLetters)])
			}
		}
	}
	return grouped(code), nil
}

// ParseUserCode reads a code as a user typed it: in any case, and with or without dashes,
// dots and spaces. It returns ErrNoUserCode if the text cannot be a code.
func ParseUserCode(typed string) (UserCode, error) {
	code := make([]byte, 0, userCodeLength)
	for _, c := range strings.ToUpper(typed) {
		switch {
		case strings.ContainsRune("-. \t", c):
		case c < 128 && strings.IndexByte(userCodeLetters, byte(c)) >= 0 && len(code) < userCodeLength: // #nosec G115 -- ASCII
			code = append(code, byte(c)) // #nosec G115 -- ASCII
		default:
			return "", ErrNoUserCode
		}
	}
	if len(code) != userCodeLength {
		return "", ErrNoUserCode
	}
	return grouped(code), nil
}

func grouped(code []byte) UserCode {
	return UserCode(code[:userCodeGroup]) + "-" + UserCode(code[userCodeGroup:])
}

// hash returns the SHA-256 of a code in lower-case hexadecimal, in which it is stored. Who
// reads the store could find the code by trying all, and could then only give a device a
// session of the own account.
func (c UserCode) hash() string {
	sum := sha256.Sum256([]byte(c))
	return hex.EncodeToString(sum[:])
}

// Guesses at the codes of others, after RFC 8628, section 5.1. With MaxDevices codes in
// use, one of 2.6 million guesses is right. A user has a dozen in the first hour, and the
// users of a network 130.
var (
	userGuesses    = throttle.Rule{Free: 5, First: 30 * time.Second, Growth: 1, Max: 15 * time.Minute}
	networkGuesses = throttle.Rule{Free: 30, Interval: 36 * time.Second}
)

// guessesBy returns the counts of a guess by a user from a network.
func guessesBy(userID, source string) []identity.Reservation {
	return []identity.Reservation{
		identity.NewReservation("user-code", userGuesses, userID),
		identity.NewReservation("user-code", networkGuesses, "network", source),
	}
}

// FindDevice returns the device that waits with a code that a user typed. The attempt is
// counted before it is evaluated. It returns refusal.TooManyAttempts and ErrNoUserCode,
// which have to be committed.
func FindDevice(ctx context.Context, tx BothTx, typed, userID, source string, now time.Time) (Device, error) {
	guesses := guessesBy(userID, source)
	if err := identity.Take(ctx, tx, guesses, now); err != nil {
		return Device{}, err
	}
	code, err := ParseUserCode(typed)
	if err != nil {
		return Device{}, err
	}
	device, waits, err := tx.DeviceByUserCode(ctx, code.hash())
	if err != nil {
		return Device{}, err
	}
	if !waits || !device.waits(now) {
		return Device{}, ErrNoUserCode
	}
	return device, identity.GiveBack(ctx, tx, guesses)
}
