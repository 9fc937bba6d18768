package oauth

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/grant"
	wire "github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Names of parameters.
const (
	paramResponseType    = "response_type"
	paramClient          = "client_id"
	paramRedirect        = "redirect_uri"
	paramState           = "state"
	paramScope           = "scope"
	paramChallenge       = "code_challenge"
	paramChallengeMethod = "code_challenge_method"
	paramGrantType       = "grant_type"
	paramCode            = "code"
	paramVerifier        = "code_verifier"
	paramDeviceCode      = "device_code"
	paramUserCode        = "user_code"
	paramToken           = "token"
	paramSecret          = "client_secret"
	paramAssertion       = "client_assertion"
	paramDecision        = "decision" // of a user, in our own forms
)

const responseTypeCode = "code"

// parameters are those of a request. Each has one value, which is not empty: one without a
// value counts as left out (RFC 6749, section 3.1).
type parameters map[string]string

// repeatable reports whether a parameter may be repeated: RFC 8707, section 2, and RFC
// 8693, section 2.1, say so.
func repeatable(name string) bool { return name == "resource" || name == "audience" }

// parametersOf returns the parameters of a query or form. It refuses a repeated one.
func parametersOf(values url.Values) (parameters, *wire.Error) {
	list := parameters{}
	for name, all := range values {
		if len(all) > 1 && !repeatable(name) {
			return nil, invalid("a parameter is repeated")
		}
		for _, value := range all {
			if strings.ContainsRune(value, 0) || !utf8.ValidString(value) {
				return nil, invalid("a parameter has characters that are not text")
			}
		}
		if all[0] != "" {
			list[name] = all[0]
		}
	}
	return list, nil
}

// secretOf returns a parameter that is not for logs.
func (p parameters) secretOf(name string) secret.Text { return secret.New(p[name]) }

// require returns an error that names the first of some parameters that is missing.
func (p parameters) require(names ...string) error {
	for _, name := range names {
		if p[name] == "" {
			return invalid("the parameter " + name + " is missing")
		}
	}
	return nil
}

const formType = "application/x-www-form-urlencoded"

// size returns how long the parameters are together.
func (p parameters) size() (total int) {
	for name, value := range p {
		total += len(name) + len(value)
	}
	return total
}

func tooLarge() *wire.Error { return invalid("the form is too large, or malformed") }

// readForm reads the form of a program, of limited size.
func readForm(w http.ResponseWriter, r *http.Request, most int64) (url.Values, *wire.Error) {
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != formType {
		return nil, invalid("the content type must be " + formType)
	}
	if r.URL.RawQuery != "" {
		return nil, invalid("the parameters belong in the body") // RFC 6749, section 2.3.1
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	if err := r.ParseForm(); err != nil {
		return nil, tooLarge()
	}
	return r.PostForm, nil
}

// checkClient refuses a client that is unknown, or that shows a secret: ours has none.
func checkClient(r *http.Request, list parameters) error {
	unknown := func(description string) error {
		return &wire.Error{Code: errInvalidClient, Description: description, Status: http.StatusUnauthorized}
	}
	switch {
	case len(r.Header.Values("Authorization")) > 0, list[paramSecret] != "", list[paramAssertion] != "":
		return unknown("clients have no secret here: send client_id only")
	case list[paramClient] == "":
		return invalid("the parameter " + paramClient + " is missing")
	case !grant.IsClient(list[paramClient]):
		return unknown("unknown client: the one of this server is " + grant.CommandLine)
	default:
		return nil
	}
}

// checkScope refuses a scope: a program gets a session of the whole account, and narrows
// it itself.
func checkScope(list parameters) *wire.Error {
	if list[paramScope] == "" {
		return nil
	}
	return &wire.Error{Code: errInvalidScope, Description: "there are no scopes here: leave it out", Status: http.StatusBadRequest}
}
