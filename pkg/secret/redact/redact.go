// Package redact shows the messages between a client and a platform without
// their secrets, for debug logs and tests.
//
// It promises to hide the value of each JSON key and header whose name may be that
// of a secret, and the token of the exchange in every text, also where a server
// sends it back. Of a body that is not JSON it shows only the length in bytes. In
// doubt it hides: "statusCode", too. A null is shown, since it is not a secret.
package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Redactor hides the secrets of one exchange. The zero value knows of no token.
type Redactor struct {
	Token secret.Text
}

// shortest is the length in bytes from which a token is replaced: a shorter one is
// not a token, and replacing it would garble the text.
const shortest = 8

// Text hides the token in a text.
func (r Redactor) Text(text string) string {
	if r.Token.Len() < shortest {
		return text
	}
	return strings.ReplaceAll(text, r.Token.Reveal(), secret.Redacted)
}

// Header returns a copy without secrets.
func (r Redactor) Header(header http.Header) http.Header {
	shown := header.Clone()
	for name, values := range shown {
		for i, value := range values {
			values[i] = r.Text(value)
			if isSecretName(name) {
				values[i] = secret.Redacted
			}
		}
	}
	return shown
}

// Body returns JSON without secrets, and of anything else only the length.
func (r Redactor) Body(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if !json.Valid(body) || decoder.Decode(&value) != nil {
		return fmt.Sprintf("(%d bytes that are not JSON)", len(body))
	}
	var shown strings.Builder
	encoder := json.NewEncoder(&shown)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r.value(value)); err != nil {
		return fmt.Sprintf("(%d bytes of JSON)", len(body))
	}
	return strings.TrimSuffix(shown.String(), "\n")
}

// value returns a decoded JSON value without secrets.
func (r Redactor) value(value any) any {
	switch value := value.(type) {
	case string:
		return r.Text(value)
	case json.Number: // a token may consist of digits
		if shown := r.Text(value.String()); shown != value.String() {
			return shown
		}
		return value
	case []any:
		for i := range value {
			value[i] = r.value(value[i])
		}
		return value
	case map[string]any:
		return r.object(value)
	default:
		return value
	}
}

func (r Redactor) object(object map[string]any) map[string]any {
	shown := make(map[string]any, len(object))
	for name, value := range object {
		if isSecretName(name) && value != nil {
			shown[r.Text(name)] = secret.Redacted
			continue
		}
		shown[r.Text(name)] = r.value(value)
	}
	return shown
}

// isSecretName reports whether the value of a JSON key or a header is hidden.
func isSecretName(name string) bool {
	name = strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
	switch name {
	case "tokensignature", "tokentype": // a hash, and the word "bearer"
		return false
	case "uri": // an otpauth one holds the secret of a second factor
		return true
	}
	words := []string{"password", "secret", "token", "otp", "code", "ticket", "authorization", "cookie"}
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(name, word) })
}
