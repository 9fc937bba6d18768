package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	recoveryCodes     = 10
	recoveryCodeBytes = 10 // 80 bits
	recoveryGroup     = 4  // characters between dashes

	// recoveryAlphabet leaves out characters that look alike on paper: 0 and o,
	// 1 and l.
	recoveryAlphabet = "abcdefghijkmnpqrstuvwxyz23456789"

	// recoveryContext separates these hashes from others under the same key.
	recoveryContext = "dxauth recovery code v1"
)

// NewRecoveryCodes returns ten random codes of 80 bits each, written as 16
// characters in groups of four: abcd-efgh-jkmn-2345.
func NewRecoveryCodes(random io.Reader) ([]secret.Text, error) {
	encoding := base32.NewEncoding(recoveryAlphabet).WithPadding(base32.NoPadding)
	codes := make([]secret.Text, recoveryCodes)
	for i := range codes {
		drawn := make([]byte, recoveryCodeBytes)
		if _, err := io.ReadFull(random, drawn); err != nil {
			return nil, fmt.Errorf("draw recovery codes: %w", err)
		}
		codes[i] = secret.New(grouped(encoding.EncodeToString(drawn)))
	}
	return codes, nil
}

// NormalizeRecoveryCode returns the form of a code that is hashed: lower case,
// without dashes and spaces. It keeps look-alikes apart, because the codes of a
// fixture may use all letters and digits.
func NormalizeRecoveryCode(code secret.Text) secret.Text {
	return secret.New(strings.ToLower(syntax.WithoutSeparators(code.Reveal())))
}

// HashRecoveryCode returns the hash in which a code is stored, 64 hexadecimal
// digits: the HMAC-SHA-256 of the user and the normalized code under the server's
// key. The same code has another hash for another user, and a stolen database is
// useless for guessing without the key.
func HashRecoveryCode(key []byte, userID string, code secret.Text) string {
	mac := hmac.New(sha256.New, key)
	writeField(mac, recoveryContext)
	writeField(mac, userID)
	writeField(mac, NormalizeRecoveryCode(code).Reveal())
	return hex.EncodeToString(mac.Sum(nil))
}

// writeField writes the length of s and s, so that no two lists of fields give
// the same bytes. Writing to a hash never fails.
func writeField(w io.Writer, s string) {
	_, _ = w.Write(binary.BigEndian.AppendUint64(nil, uint64(len(s))))
	_, _ = io.WriteString(w, s)
}

func grouped(code string) string {
	var groups []string
	for len(code) > recoveryGroup {
		groups = append(groups, code[:recoveryGroup])
		code = code[recoveryGroup:]
	}
	return strings.Join(append(groups, code), "-")
}
