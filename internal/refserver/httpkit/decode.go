package httpkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"github.com/dxauth/dxauth/pkg/secret"
)

// MalformedError refuses a body that is not one JSON value of a bounded size,
// or says that it is something else.
type MalformedError struct{ Problem string }

func (e *MalformedError) Error() string { return e.Problem }

// TypeError refuses a JSON value of the wrong type.
type TypeError struct {
	Key  string // path of the key, dots between; empty: the input itself
	Want string // "a string", "an integer", …
}

func (e *TypeError) Error() string {
	if e.Key == "" {
		return "input is not " + e.Want
	}
	return fmt.Sprintf("expected key %q of input to be %s", e.Key, e.Want)
}

// ReadJSON reads a body of at most limit bytes, which may be labelled
// application/json or not at all. It answers a MalformedError.
func ReadJSON(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if err := checkContentType(r.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		drain(r.Body)
		return nil, &MalformedError{fmt.Sprintf("the body is larger than %d bytes", limit)}
	case err != nil:
		return nil, &MalformedError{"the body could not be read to its end"}
	}
	return body, nil
}

func checkContentType(value string) error {
	if value == "" {
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(value)
	if err != nil || mediaType != "application/json" {
		return &MalformedError{"the content type must be application/json"}
	}
	return nil
}

// Decode reads a JSON object. Unknown keys are ignored, as the platforms do; of
// a repeated key the last one counts. It answers a MalformedError or a
// TypeError.
func Decode(body []byte, into any) error {
	object, err := parseObject(body)
	if err != nil {
		return err
	}
	err = json.Unmarshal(object, into)
	var mismatch *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &mismatch):
		return &TypeError{Key: keyOf(mismatch, into), Want: describe(mismatch)}
	default:
		return &TypeError{Want: "of the expected form"}
	}
}

// parseObject checks that a body is one JSON object and writes it anew with the
// last of each repeated key only, at every depth: from the body itself, the
// decoder would merge two objects behind the same key.
func parseObject(body []byte) ([]byte, error) {
	malformed := &MalformedError{"the body is not valid JSON"}
	if !json.Valid(body) {
		return nil, malformed
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, malformed
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, &TypeError{Want: "a hash"}
	}
	return json.Marshal(object)
}

// keyOf returns the path of the key that has the wrong type. Go puts the names
// of embedded structs into it, which are no keys.
func keyOf(mismatch *json.UnmarshalTypeError, into any) string {
	path := mismatch.Field
	for t := reflect.TypeOf(into).Elem(); t.Kind() == reflect.Struct; {
		name, rest, _ := strings.Cut(path, ".")
		field, found := t.FieldByName(name)
		if !found || !field.Anonymous {
			break
		}
		path, t = rest, field.Type
	}
	return path
}

// describe names the type that was expected in the words of the platform.
func describe(mismatch *json.UnmarshalTypeError) string {
	kind := mismatch.Type.Kind()
	switch {
	case kind == reflect.String:
		return "a string"
	case kind == reflect.Bool:
		return "a boolean"
	case kind >= reflect.Int && kind <= reflect.Uint64:
		return "an integer"
	case kind == reflect.Float32 || kind == reflect.Float64:
		return "a number"
	case kind == reflect.Slice || kind == reflect.Array:
		return "an array"
	default:
		return "a hash"
	}
}

// Bearer reads the token of the Authorization header. No header means an
// anonymous request and gives the empty secret; a header without a token is an
// error. The scheme's case does not matter.
func Bearer(header http.Header) (secret.Text, error) {
	values := header.Values("Authorization")
	switch len(values) {
	case 0:
		return secret.Text{}, nil
	case 1:
	default:
		return secret.Text{}, errors.New("more than one Authorization header")
	}
	scheme, token, _ := strings.Cut(strings.TrimSpace(values[0]), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "bearer") || token == "" {
		return secret.Text{}, errors.New("the Authorization header is not of the form: Bearer TOKEN")
	}
	return secret.New(token), nil
}
