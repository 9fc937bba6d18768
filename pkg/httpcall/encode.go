package httpcall

import (
	jsonv1 "encoding/json"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"

	"github.com/dxauth/dxauth/pkg/secret"
)

// ErrNotUTF8 means that a call has text that is not UTF-8, such as a password typed
// in Latin-1. JSON can't hold it: it would arrive as another text.
var ErrNotUTF8 = secret.ErrNotUTF8

// Encode returns the JSON of the body of a call as encoding/json does, but refuses
// text that is not UTF-8 instead of replacing it. The error, which wraps
// [ErrNotUTF8], does not quote the text.
func Encode(value any) ([]byte, error) {
	body, err := json.Marshal(value, jsonv1.DefaultOptionsV1(), jsontext.AllowInvalidUTF8(false))
	if err == nil {
		return body, nil
	}
	if errors.Is(err, ErrNotUTF8) {
		return nil, ErrNotUTF8
	}
	if _, encodes := json.Marshal(value, jsonv1.DefaultOptionsV1()); encodes == nil {
		return nil, ErrNotUTF8
	}
	return nil, err
}
