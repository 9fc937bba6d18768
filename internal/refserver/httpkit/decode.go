package httpkit

import (
	jsonv1 "encoding/json"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Malformedf returns an error about a body that is too large, not one JSON value, or
// has another content type.
func Malformedf(format string, args ...any) *refusal.Error {
	return refusal.New(refusal.Invalid, format, args...).Because(refusal.Malformed)
}

// WrongType returns an error about a JSON value of the wrong type. The key is a path
// separated by dots, empty for the whole input; want is "a string", "an integer", …
func WrongType(key, want string) *refusal.Error {
	wrong := refusal.New(refusal.Invalid, "expected key %q of input to be %s", key, want)
	if key == "" {
		wrong = refusal.New(refusal.Invalid, "input is not %s", want)
	}
	return wrong.Because(refusal.WrongType).With(refusal.Input{Key: key, Problem: want})
}

// ReadBody reads a body of at most limit bytes. Its content type must be
// application/json or empty. The reason of its errors is refusal.Malformed. It does not
// parse the body: that is for the time when a request has its turn.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if err := checkContentType(r.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		drain(r.Body)
		return nil, Malformedf("the body is larger than %d bytes", limit)
	case err != nil:
		return nil, Malformedf("the body could not be read to its end")
	}
	return body, nil
}

// CheckText refuses JSON with bytes that are not UTF-8 and escapes that are half of a
// surrogate pair. A decoder that replaces them makes one text of many: two passwords
// would be the same. Decode calls it. The reason of its error is refusal.Malformed.
func CheckText(body []byte) error {
	value := jsontext.Value(body)
	anyNames := jsontext.AllowDuplicateNames(true)
	if !value.IsValid(anyNames) && value.IsValid(anyNames, jsontext.AllowInvalidUTF8(true)) {
		return Malformedf("the body has text that is not UTF-8")
	}
	return nil
}

func checkContentType(value string) error {
	if value == "" || value == "application/json" {
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(value)
	if err != nil || mediaType != "application/json" {
		return Malformedf("the content type must be application/json")
	}
	return nil
}

// Decode decodes a JSON object. It ignores unknown keys, as the platforms do; the last
// of repeated keys counts, at every depth. The reason of its errors is
// refusal.Malformed, also for text that is not UTF-8, or refusal.WrongType.
func Decode(body []byte, into any) error {
	if err := CheckText(body); err != nil {
		return err
	}
	if jsontext.Value(body).Kind() != jsontext.KindBeginObject {
		return refuse(body, WrongType("", "a hash"))
	}
	err := json.Unmarshal(body, into, decodeOptions())
	if err == nil {
		return nil
	}
	var mismatch *json.SemanticError
	if !errors.As(err, &mismatch) {
		return refuse(body, WrongType("", "of the expected form"))
	}
	return refuse(body, WrongType(keyOf(mismatch.JSONPointer, body, into), describe(mismatch.GoType)))
}

// refuse returns the mismatch if the body is JSON, and a malformed error if not: the
// decoder stops at the first mismatch, before it has read the rest.
func refuse(body []byte, mismatch *refusal.Error) error {
	if !jsontext.Value(body).IsValid(decodeOptions()) {
		return Malformedf("the body is not valid JSON")
	}
	return mismatch
}

// decodeOptions makes the decoder behave like encoding/json, but without merging the
// values of a repeated key.
var decodeOptions = sync.OnceValue(func() json.Options {
	return json.JoinOptions(
		jsontext.AllowDuplicateNames(true),
		jsontext.AllowInvalidUTF8(true),
		json.MatchCaseInsensitiveNames(true),
		jsonv1.MatchCaseSensitiveDelimiter(true),
		json.WithUnmarshalers(json.JoinUnmarshalers(
			json.UnmarshalFromFunc(readRaw),
			json.UnmarshalFromFunc(forgetEarlier),
		)),
	)
})

// forgetEarlier clears a value before it is decoded, so that it is not merged with an
// earlier one of the same key.
func forgetEarlier(_ *jsontext.Decoder, value any) error {
	reflect.ValueOf(value).Elem().SetZero()
	return errors.ErrUnsupported // use the default decoding
}

// readRaw reads a value that is decoded later, and keeps only the last of each
// repeated key.
func readRaw(decoder *jsontext.Decoder, raw *jsontext.Value) error {
	var value any
	err := json.UnmarshalDecode(decoder, &value, json.WithUnmarshalers(json.UnmarshalFromFunc(keepNumber)))
	if err != nil {
		return err
	}
	*raw, err = json.Marshal(value, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	return err
}

// keepNumber makes the decoder keep the text of a number.
func keepNumber(decoder *jsontext.Decoder, value *any) error {
	*value = nil
	if decoder.PeekKind() == jsontext.KindNumber {
		*value = jsontext.Value(nil)
	}
	return errors.ErrUnsupported
}

// keyOf returns the path of the key at a pointer: the names of struct fields, without
// the keys of maps and the indexes of arrays. It decodes the body again to find out
// which values on the path are structs.
func keyOf(pointer jsontext.Pointer, body []byte, into any) string {
	var around []reflect.Kind // of the enclosing values, outermost first
	note := func(decoder *jsontext.Decoder, value any) error {
		depth := min(decoder.StackDepth(), len(around))
		around = append(around[:depth], reflect.TypeOf(value).Elem().Kind())
		return errors.ErrUnsupported
	}
	again := reflect.New(reflect.TypeOf(into).Elem()).Interface()
	_ = json.Unmarshal(body, again, decodeOptions(), json.WithUnmarshalers(json.UnmarshalFromFunc(note)))

	var path []string
	depth := 0
	for name := range pointer.Tokens() {
		if depth < len(around) && around[depth] == reflect.Struct {
			path = append(path, name)
		}
		depth++
	}
	return strings.Join(path, ".")
}

// describe returns the name of a type as the platform writes it.
func describe(t reflect.Type) string {
	kind := t.Kind()
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

// Bearer returns the token of the Authorization header, and the empty secret without
// a header. The reason of its errors is refusal.MalformedHeader. The case of the
// scheme does not matter.
func Bearer(header http.Header) (secret.Text, error) {
	values := header.Values("Authorization")
	switch len(values) {
	case 0:
		return secret.Text{}, nil
	case 1:
	default:
		return secret.Text{}, malformedHeader("more than one Authorization header")
	}
	scheme, token, _ := strings.Cut(strings.TrimSpace(values[0]), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "bearer") || token == "" {
		return secret.Text{}, malformedHeader("the Authorization header is not of the form: Bearer TOKEN")
	}
	return secret.New(token), nil
}

func malformedHeader(problem string) error {
	return &refusal.Error{Code: refusal.Unauthenticated, Reason: refusal.MalformedHeader, Message: problem}
}
