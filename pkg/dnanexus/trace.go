package dnanexus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Exchange is one try of one call, for a debug log. Secrets are replaced by
// [secret.Redacted]; what the server wrote is not cleaned of control
// characters.
type Exchange struct {
	Method         string
	URL            string
	Try            int // 1 for the first
	RequestHeader  http.Header
	RequestBody    string
	Status         int         // HTTP status code; 0: no answer
	ResponseHeader http.Header // nil: no answer
	ResponseBody   string
	Duration       time.Duration
	Err            error // why there is no whole answer, or nil; a refusal is an answer
}

// redactor hides secrets in what is shown of a call: values by the name that
// they go under, and the token of the call wherever it comes back.
type redactor struct{ token string }

func (c *Client) redactor() redactor {
	const shortest = 8 // a shorter token is none, and hiding it would garble the text
	token := c.config.Token.Reveal()
	if token == Public || len(token) < shortest {
		return redactor{}
	}
	return redactor{token: token}
}

// exchange shows a request and its answer without their secrets.
func (r redactor) exchange(request *http.Request, body []byte, answer rawAnswer) Exchange {
	return Exchange{
		Method:         request.Method,
		URL:            request.URL.String(),
		RequestHeader:  r.header(request.Header),
		RequestBody:    r.body(body),
		Status:         answer.status,
		ResponseHeader: r.header(answer.header),
		ResponseBody:   r.body(answer.body),
	}
}

// text hides the token in a text.
func (r redactor) text(text string) string {
	if r.token == "" {
		return text
	}
	return strings.ReplaceAll(text, r.token, secret.Redacted)
}

// header returns a copy without secrets.
func (r redactor) header(header http.Header) http.Header {
	shown := header.Clone()
	for name, values := range shown {
		for i, value := range values {
			values[i] = r.text(value)
			if isSecretName(name) {
				values[i] = secret.Redacted
			}
		}
	}
	return shown
}

// body returns JSON without secrets, and of anything else only the length.
func (r redactor) body(body []byte) string {
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
func (r redactor) value(value any) any {
	switch value := value.(type) {
	case string:
		return r.text(value)
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

func (r redactor) object(object map[string]any) map[string]any {
	shown := make(map[string]any, len(object))
	for name, value := range object {
		if isSecretName(name) {
			shown[r.text(name)] = secret.Redacted
			continue
		}
		shown[r.text(name)] = r.value(value)
	}
	return shown
}

// isSecretName reports whether what goes under this name, a JSON key or a
// header, is hidden. It errs on the safe side: "statusCode" is hidden too.
func isSecretName(name string) bool {
	name = strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
	switch name {
	case "tokensignature", "tokentype": // a hash, and the word "bearer"
		return false
	}
	words := []string{"password", "secret", "token", "otp", "code", "ticket", "authorization", "cookie"}
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(name, word) })
}
