package kit

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

// OrgIn returns the ID of the org in the path. It returns directory.ErrNoOrg for a text
// that is not an ID: stores differ about some of them.
func OrgIn(r *http.Request) (string, error) {
	id := r.PathValue("org")
	if handle, isOrg := strings.CutPrefix(id, "org-"); !isOrg || !syntax.IsOrgHandle(handle) {
		return "", directory.ErrNoOrg
	}
	return id, nil
}

// UserIn returns the ID of the user in the path. It returns identity.ErrNoUser for a text
// that is not an ID.
func UserIn(r *http.Request) (string, error) {
	id := r.PathValue("user")
	if !IsUserID(id) {
		return "", identity.ErrNoUser
	}
	return id, nil
}

// IsUserID reports whether a text has the form of the ID of a user.
func IsUserID(id string) bool {
	handle, isUser := strings.CutPrefix(id, "user-")
	return isUser && syntax.IsUsername(handle)
}

// Lengths of a signature and of the ID that pages show of it, in hexadecimal digits.
const (
	signatureLength = 64
	idLength        = 12
)

// IsSignature reports whether a text has the form of the signature of a token.
func IsSignature(text string) bool { return isHex(text, signatureLength) }

// IsTokenID reports whether a text has the form of the ID that pages show of a token.
func IsTokenID(text string) bool { return isHex(text, idLength) }

// isHex reports whether a text has a number of lower-case hexadecimal digits.
func isHex(text string, length int) bool {
	for _, digit := range text {
		if (digit < '0' || digit > '9') && (digit < 'a' || digit > 'f') {
			return false
		}
	}
	return len(text) == length
}

// MaxName limits the name of a token, in bytes, as the platform does. No text by which a
// page searches is longer.
const MaxName = 255

// TextIn returns a field of a query, trimmed. A text that no field of an account can have
// is as good as none.
func TextIn(r *http.Request, field string) string {
	text := strings.TrimSpace(r.URL.Query().Get(field))
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || len(text) > MaxName {
		return ""
	}
	return text
}

// Trimmed returns a field of a form, trimmed.
func Trimmed(r *http.Request, field string) string { return strings.TrimSpace(r.PostForm.Get(field)) }

// NewPasswordIn returns the new password in a form, which has it twice.
func NewPasswordIn(r *http.Request) (secret.Text, error) {
	password := secret.New(r.PostForm.Get("new"))
	if !password.Equal(secret.New(r.PostForm.Get("again"))) {
		return secret.Text{}, refusal.New(refusal.Invalid, "the two new passwords are not the same")
	}
	return password, nil
}
