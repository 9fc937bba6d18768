package identity

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Purpose says what an entry code is good for.
type Purpose string

// The purposes.
const (
	Bootstrap  Purpose = "bootstrap"  // make the first user, an administrator
	Activation Purpose = "activation" // set the first password of an account
)

// EntryCode lets somebody in once who has no password yet. It is stored as its
// hash only.
type EntryCode struct {
	Hash    string // of HashEntryCode
	Purpose Purpose
	UserID  string // empty: of the first user, who does not exist yet
	Expires time.Time
}

// Good reports whether a code is for a purpose and its time is not over.
func (c EntryCode) Good(purpose Purpose, now time.Time) bool {
	return c.Purpose == purpose && now.Before(c.Expires)
}

// entryCodeBytes makes a code of 160 bits: nobody guesses one, so its hash needs
// neither salt nor key.
const entryCodeBytes = 20

// NewEntryCode draws a code, written as 32 characters in groups of four.
func NewEntryCode(random io.Reader) (secret.Text, error) {
	drawn := make([]byte, entryCodeBytes)
	if _, err := io.ReadFull(random, drawn); err != nil {
		return secret.Text{}, fmt.Errorf("draw a code: %w", err)
	}
	encoding := base32.NewEncoding(recoveryAlphabet).WithPadding(base32.NoPadding)
	return secret.New(grouped(encoding.EncodeToString(drawn))), nil
}

// HashEntryCode returns what is stored of a code: the lower-case hexadecimal
// sha256 of it, whatever the case and the dashes with which it is typed.
func HashEntryCode(code secret.Text) string {
	sum := sha256.Sum256([]byte(NormalizeRecoveryCode(code).Reveal()))
	return hex.EncodeToString(sum[:])
}
