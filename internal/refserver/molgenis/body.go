package molgenis

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// bodyLimit returns the limit of the body of a request. A cookie is not a credential at
// the sign-in: browsers send old ones there, too.
func bodyLimit(r *http.Request) int64 {
	hasToken := r.Header.Get(wire.HeaderToken) != "" || r.Header.Get("Authorization") != "" || r.URL.Query().Has(wire.ParameterToken)
	isSignIn := strings.HasPrefix(r.URL.Path, wire.RouteFormLogin) || strings.HasPrefix(r.URL.Path, wire.RouteLogin)
	return httpkit.BodyLimit(!isSignIn && (hasToken || r.Header.Get("Cookie") != ""))
}

// body is the body of a request: JSON, or the fields of a form.
type body struct {
	json []byte     // unchanged; empty for a form
	form url.Values // nil for JSON
}

// readBody reads a body of any method. Without a content type it is JSON. It
// returns refusal.Malformed if it cannot be read.
func readBody(w http.ResponseWriter, r *http.Request) (body, error) {
	mediaType, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		mediaType = ""
	}
	if mediaType != "application/x-www-form-urlencoded" && mediaType != "multipart/form-data" {
		return readJSON(w, r)
	}
	r.Body = http.MaxBytesReader(w, r.Body, bodyLimit(r))
	if mediaType == "multipart/form-data" {
		return readParts(r, parameters["boundary"])
	}
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return body{}, unreadable(err)
	}
	form, err := readQuery(string(sent))
	return body{form: form}, err
}

// readQuery parses urlencoded parameters. A semicolon is an ordinary character,
// because clients do not escape it in queries.
func readQuery(encoded string) (url.Values, error) {
	values, err := url.ParseQuery(strings.ReplaceAll(encoded, ";", "%3B"))
	if err != nil {
		return nil, httpkit.Malformedf("the parameters are not urlencoded")
	}
	return values, checkText(values)
}

// checkText refuses names and values that are not UTF-8.
func checkText(fields url.Values) error {
	isWrong := func(text string) bool { return !utf8.ValidString(text) }
	for name, values := range fields {
		if isWrong(name) || slices.ContainsFunc(values, isWrong) {
			return httpkit.Malformedf("the parameters have text that is not UTF-8")
		}
	}
	return nil
}

// readJSON reads JSON. A request without a body may have any content type.
func readJSON(w http.ResponseWriter, r *http.Request) (body, error) {
	if r.ContentLength == 0 {
		return body{}, nil
	}
	sent, err := httpkit.ReadBody(w, r, bodyLimit(r))
	return body{json: sent}, err
}

// readParts reads the fields of a multipart form and ignores files.
func readParts(r *http.Request, boundary string) (body, error) {
	if boundary == "" {
		return body{}, httpkit.Malformedf("the form has no boundary")
	}
	form, err := multipart.NewReader(r.Body, boundary).ReadForm(httpkit.MaxBody)
	if err != nil {
		return body{}, unreadable(err)
	}
	defer form.RemoveAll()
	return body{form: url.Values(form.Value)}, checkText(form.Value)
}

func unreadable(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return httpkit.Malformedf("the body is larger than %d bytes", tooLarge.Limit)
	}
	return httpkit.Malformedf("the form could not be read to its end")
}

// fields returns the members of a JSON object, or the first value of each field
// of a form. An empty field of a form is null.
func (b body) fields() (map[string]any, error) {
	if b.form == nil {
		fields := map[string]any{}
		return fields, httpkit.Decode(b.json, &fields)
	}
	fields := make(map[string]any, len(b.form))
	for name, values := range b.form {
		fields[name] = nil
		if values[0] != "" {
			fields[name] = values[0]
		}
	}
	return fields, nil
}

// value returns the JSON value of a body.
func (b body) value() (any, error) {
	if b.form != nil {
		return nil, httpkit.Malformedf("the content type must be application/json")
	}
	if err := httpkit.CheckText(b.json); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(b.json))
	var value any
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return nil, httpkit.Malformedf("the body is not a single JSON value")
	}
	return value, nil
}
