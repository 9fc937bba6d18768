// Package redact shows the messages between a client and a platform without
// their secrets, for errors, debug logs and tests.
//
// It promises to hide the value of each JSON key and header whose name may be that
// of a secret, and the secrets of the exchange in every text, even if a server
// sends them back escaped or encoded: as JSON, URLs and HTML escape them, in
// base64 and hexadecimal digits, alone or within something longer, whole. Of a body
// that is not JSON it shows only the length in bytes. In doubt it hides: "statusCode",
// too. A null is shown, since it is not a secret.
package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/dxauth/dxauth/pkg/secret"
)

// maxBody is the largest body that is shown, in bytes.
const maxBody = 256 << 10

// Redactor hides the secrets of one exchange. The zero value knows of none.
type Redactor struct {
	// Both are made when first used, and nil if there are no secrets.
	folded  func() []string       // see foldedForms
	pattern func() *regexp.Regexp // see patternOf
}

// New returns a Redactor for the given secrets; empty ones are ignored.
func New(secrets ...secret.Text) Redactor {
	secrets = slices.DeleteFunc(slices.Clone(secrets), func(text secret.Text) bool { return text.Reveal() == "" })
	if len(secrets) == 0 {
		return Redactor{}
	}
	return Redactor{
		folded:  sync.OnceValue(func() []string { return foldedForms(secrets) }),
		pattern: sync.OnceValue(func() *regexp.Regexp { return patternOf(secrets) }),
	}
}

// Text returns a text that is safe to show: cleaned, see [Clean], and with
// [secret.Redacted] in place of each secret.
func (r Redactor) Text(text string) string {
	text = Clean(text)
	if !r.mayOccurIn(text) {
		return text
	}
	return r.pattern().ReplaceAllLiteralString(text, secret.Redacted)
}

// mayOccurIn is false if the pattern cannot match. The pattern takes far longer to
// compile than a call takes, and nearly every text needs no search.
func (r Redactor) mayOccurIn(text string) bool {
	if r.folded == nil {
		return false
	}
	if strings.ContainsAny(text, escapes) {
		return true
	}
	text = fold(text)
	return slices.ContainsFunc(r.folded(), func(form string) bool { return strings.Contains(text, form) })
}

// Header returns a copy without secrets.
func (r Redactor) Header(header http.Header) http.Header {
	shown := header.Clone()
	for name, values := range shown {
		show := r.Text
		if isSecretName(name) {
			show = func(string) string { return secret.Redacted }
		}
		for i, value := range values {
			values[i] = show(value)
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
	if len(body) > maxBody {
		return fmt.Sprintf("(%d bytes, too many to show)", len(body))
	}
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

// JSON returns JSON with the secrets of the exchange hidden, whatever the name of the
// key, and everything else as it was. What is not JSON is returned as it is.
func (r Redactor) JSON(body []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if !json.Valid(body) || decoder.Decode(&value) != nil || !r.occursIn(value) {
		return body
	}
	shown, err := json.Marshal(r.sent(value))
	if err != nil {
		return body
	}
	return shown
}

func (r Redactor) occursIn(value any) bool {
	switch value := value.(type) {
	case string:
		return r.occursInText(value)
	case json.Number:
		return r.occursInText(value.String())
	case []any:
		return slices.ContainsFunc(value, r.occursIn)
	case map[string]any:
		for name, element := range value {
			if r.occursInText(name) || r.occursIn(element) {
				return true
			}
		}
	}
	return false
}

func (r Redactor) occursInText(text string) bool {
	text = Clean(text)
	return r.mayOccurIn(text) && r.pattern().MatchString(text)
}

// sent returns a decoded JSON value without the secrets that were sent.
func (r Redactor) sent(value any) any {
	switch value := value.(type) {
	case string:
		if r.occursInText(value) {
			return r.Text(value)
		}
		return value
	case json.Number:
		if r.occursInText(value.String()) {
			return secret.Redacted
		}
		return value
	case []any:
		for i := range value {
			value[i] = r.sent(value[i])
		}
		return value
	case map[string]any:
		shown := make(map[string]any, len(value))
		for name, element := range value {
			if r.occursInText(name) {
				name = r.Text(name)
			}
			shown[name] = r.sent(element)
		}
		return shown
	default:
		return value
	}
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
	name = strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(name), "_", ""), "-", "")
	switch name {
	case "tokensignature", "tokentype", "tokenname": // a hash, the word "bearer", a label
		return false
	case "uri": // an otpauth one holds the secret of a second factor
		return true
	}
	words := []string{"password", "secret", "token", "otp", "code", "ticket", "authorization", "cookie", "passphrase", "passwd"}
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(name, word) })
}

// SecretsOf returns the secrets that a request holds: the values of the headers, the
// parameters of its query and the fields of its JSON or form whose names may be those
// of secrets.
func SecretsOf(header http.Header, query string, body []byte) []secret.Text {
	var found []secret.Text
	for name, values := range header {
		if isSecretName(name) {
			found = append(found, secretsOfHeader(values)...)
		}
	}
	found = append(found, secretsOfForm(query)...)
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return append(found, secretsOfForm(string(body))...)
	}
	return appendSecrets(found, value, false)
}

// secretsOfHeader returns the values, and the parts that may be secrets by themselves:
// a token without its scheme, each cookie.
func secretsOfHeader(values []string) []secret.Text {
	var found []secret.Text
	for _, value := range values {
		found = append(found, secret.New(value))
		if _, token, ok := strings.Cut(value, " "); ok {
			found = append(found, secret.New(token))
		}
		for pair := range strings.SplitSeq(value, ";") {
			if _, cookie, ok := strings.Cut(pair, "="); ok {
				found = append(found, secret.New(strings.TrimSpace(cookie)))
			}
		}
	}
	return found
}

func secretsOfForm(encoded string) []secret.Text {
	fields, err := url.ParseQuery(encoded)
	if err != nil {
		return nil
	}
	var found []secret.Text
	for name, values := range fields {
		if !isSecretName(name) {
			continue
		}
		for _, value := range values {
			found = append(found, secret.New(value))
		}
	}
	return found
}

// appendSecrets appends the texts and numbers below names of secrets.
func appendSecrets(found []secret.Text, value any, named bool) []secret.Text {
	switch value := value.(type) {
	case string:
		if named {
			found = append(found, secret.New(value))
		}
	case json.Number:
		if named {
			found = append(found, secret.New(value.String()))
		}
	case []any:
		for _, element := range value {
			found = appendSecrets(found, element, named)
		}
	case map[string]any:
		for name, element := range value {
			found = appendSecrets(found, element, named || isSecretName(name))
		}
	}
	return found
}
