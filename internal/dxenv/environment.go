package dxenv

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"strings"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// contextField holds the credential: JSON as a string inside the JSON, or that JSON
// itself, as other programs write it.
const contextField = "DX_SECURITY_CONTEXT"

// loggedOut is what dx writes into the field on logout.
const loggedOut = `{"auth_token": "` + dnanexus.Public + `", "auth_token_type": "Bearer"}`

// field is one name with its value, and where the value stands in the file.
type field struct {
	name  string
	value json.RawMessage
	start int
}

type fields []field

var (
	errNotJSON = &unfitError{why: "is not a JSON object as dx writes it"}
	errTwice   = &unfitError{why: "has " + contextField + " twice"}
	errContext = &unfitError{why: "has a " + contextField + " that is not the JSON of dx"}
	errRest    = errors.New("the token also appears elsewhere in the file: edit it by hand")
)

// parse reads the fields of environment.json. It drops the decoder's errors, which
// may quote the text.
func parse(content []byte) (fields, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, errNotJSON
	}
	var list fields
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, errNotJSON
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, errNotJSON
		}
		text, _ := name.(string) // names in an object are always strings
		list = append(list, field{name: text, value: value, start: int(decoder.InputOffset()) - len(value)})
	}
	if _, err := decoder.Token(); err != nil || decoder.More() {
		return nil, errNotJSON
	}
	return list, nil
}

// settings are the values that are strings or numbers: the port may be either.
type settings map[string]string

func (f fields) settings() settings {
	s := settings{}
	for _, one := range f {
		s[one.name] = one.text()
	}
	return s
}

func (f field) text() string {
	var text string
	var number json.Number
	switch {
	case json.Unmarshal(f.value, &text) == nil:
		return text
	case json.Unmarshal(f.value, &number) == nil:
		return number.String()
	default:
		return ""
	}
}

// credential reads the field with the credential. Without the field, it returns the
// zero value.
func (f fields) credential() (dnanexus.SecurityContext, error) {
	var context dnanexus.SecurityContext
	one, err := f.context()
	text := one.text()
	if bytes.HasPrefix(one.value, []byte("{")) {
		text = string(one.value)
	}
	if err != nil || text == "" {
		return context, err
	}
	if err := json.Unmarshal([]byte(text), &context); err != nil {
		return dnanexus.SecurityContext{}, errContext
	}
	if context.AuthTokenType == "" {
		context.AuthTokenType = dnanexus.DefaultTokenType
	}
	return context, nil
}

// context finds the field with the credential, or returns the zero field.
func (f fields) context() (field, error) {
	var found field
	for _, one := range f {
		switch {
		case one.name != contextField:
		case found.name != "":
			return field{}, errTwice
		default:
			found = one
		}
	}
	return found, nil
}

func isLoggedOut(context dnanexus.SecurityContext) bool {
	token := context.AuthToken.Text()
	return token.IsZero() || token.Reveal() == dnanexus.Public
}

// without returns the content with the token PUBLIC in place of the given one. It
// reports false if the file has a different token.
func without(content []byte, token secret.Text) ([]byte, bool, error) {
	list, err := parse(content)
	if err != nil {
		return nil, false, err
	}
	credential, err := list.credential()
	if err != nil || !credential.AuthToken.Text().Equal(token) {
		return nil, false, err
	}
	old, err := list.context()
	if err != nil {
		return nil, false, err
	}
	replacement, err := json.Marshal(loggedOut)
	if err != nil {
		return nil, false, err
	}
	end := old.start + len(old.value)
	scrubbed := bytes.Join([][]byte{content[:old.start], replacement, content[end:]}, nil)
	if bytes.Contains(scrubbed, []byte(token.Reveal())) {
		return nil, false, errRest
	}
	return scrubbed, true, nil
}

// over returns s with missing values taken from the defaults.
func (s settings) over(defaults settings) settings {
	merged := settings{}
	for _, layer := range []settings{defaults, s} {
		for name, value := range layer {
			if value != "" {
				merged[name] = value
			}
		}
	}
	return merged
}

func (s settings) server() string {
	host := s["DX_APISERVER_HOST"]
	switch port := s["DX_APISERVER_PORT"]; {
	case port != "":
		host = net.JoinHostPort(strings.Trim(host, "[]"), port)
	case strings.Count(host, ":") > 1 && !strings.HasPrefix(host, "["):
		host = "[" + host + "]"
	}
	return s["DX_APISERVER_PROTOCOL"] + "://" + host
}
