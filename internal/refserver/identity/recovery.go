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
	recoveryGroup     = 4  // characters between two dashes

	// recoveryAlphabet has neither 0 and o nor 1 and l, so that no character
	// of a code on paper can be taken for another one of it.
	recoveryAlphabet = "abcdefghijkmnpqrstuvwxyz23456789"

	// recoveryContext keeps these hashes apart from whatever else is made
	// with the same key.
	recoveryContext = "dxauth recovery code v1"
)

// NewRecoveryCodes draws a set of ten codes of 80 bits each, written as 16
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

// NormalizeRecoveryCode returns the code as it is hashed: lower case, without
// dashes and blanks. It does not fold look-alikes into each other, because a
// fixture may have codes of any letters and digits.
func NormalizeRecoveryCode(code secret.Text) secret.Text {
	return secret.New(strings.ToLower(syntax.WithoutSeparators(code.Reveal())))
}

// HashRecoveryCode returns what is stored of a code, 64 hexadecimal digits:
// its HMAC-SHA-256 under the server's key, with the user as context, so that
// the same code of two users has two hashes and a stolen database without the
// key gives nothing to guess against. The code is normalised here.
func HashRecoveryCode(key []byte, userID string, code secret.Text) string {
	mac := hmac.New(sha256.New, key)
	writeField(mac, recoveryContext)
	writeField(mac, userID)
	writeField(mac, NormalizeRecoveryCode(code).Reveal())
	return hex.EncodeToString(mac.Sum(nil))
}

// writeField writes s behind its length, so that no two lists of fields give
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
