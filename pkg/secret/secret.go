// Package secret holds values that must not be shown: passwords, tokens,
// verification codes.
//
// It promises three things. A [Text] never prints, logs or marshals itself:
// every verb of fmt, every slog handler and every encoder gets the word
// [Redacted] instead. [Text.Reveal] is the one way out, so that a search for
// that word finds each place where a secret leaves. [Wire] is the one type
// whose JSON is the value, because a password has to be sent; only the wire
// types of the protocol packages may have fields of it, and it prints and logs
// as carefully as a Text does.
//
// The package does not promise to wipe memory: Go copies strings freely, and a
// promise that can't be kept is worse than none.
package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"encoding/json/jsontext"
	jsonv2 "encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"unicode/utf8"
)

// Redacted is shown in place of a secret.
const Redacted = "[redacted]"

// Text is a secret string. The zero value is the empty secret. Compare with
// [Text.Equal]; == compares identities.
//
// The value is behind a pointer because fmt calls no methods on the unexported
// fields of a struct that is printed: there it shows an address.
type Text struct{ value *string }

// New makes a secret of s.
func New(s string) Text { return Text{value: &s} }

// Reveal returns the secret itself. Call it at the moment of sending or
// hashing, not before.
func (t Text) Reveal() string {
	if t.value == nil {
		return ""
	}
	return *t.value
}

// IsZero reports whether the secret is empty.
func (t Text) IsZero() bool { return t.Len() == 0 }

// Len returns the length of the secret in bytes.
func (t Text) Len() int { return len(t.Reveal()) }

// Equal compares in a time that depends only on the lengths.
func (t Text) Equal(other Text) bool {
	return subtle.ConstantTimeCompare([]byte(t.Reveal()), []byte(other.Reveal())) == 1
}

// SHA256 returns the hash of the secret in lower-case hexadecimal digits, by
// which a secret that was drawn at random can be known without being kept.
func (t Text) SHA256() string {
	sum := sha256.Sum256([]byte(t.Reveal()))
	return hex.EncodeToString(sum[:])
}

// OnWire returns the secret as a field of a wire type holds it.
func (t Text) OnWire() Wire { return Wire{text: t} }

// String returns [Redacted], so that %s and %v do not show the secret.
func (Text) String() string { return Redacted }

// GoString returns [Redacted], so that %#v does not show the secret.
func (Text) GoString() string { return Redacted }

// Format writes [Redacted] for every verb, %x and %d included.
func (Text) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, Redacted) }

// LogValue makes slog log [Redacted].
func (Text) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText encodes [Redacted]: a secret that must be stored or sent is
// revealed by name, never by reflection.
func (Text) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// UnmarshalText reads a secret from YAML, JSON or a flag.
func (t *Text) UnmarshalText(b []byte) error {
	*t = New(string(b))
	return nil
}

// Wire is a secret inside a message to or from a server. Its JSON is the
// value; everything else shows [Redacted].
type Wire struct{ text Text }

// Text returns the secret of a message.
func (w Wire) Text() Text { return w.text }

// IsZero reports whether the secret is empty; with it, omitzero works.
func (w Wire) IsZero() bool { return w.text.IsZero() }

// String returns [Redacted].
func (Wire) String() string { return Redacted }

// GoString returns [Redacted].
func (Wire) GoString() string { return Redacted }

// Format writes [Redacted] for every verb.
func (Wire) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, Redacted) }

// LogValue makes slog log [Redacted].
func (Wire) LogValue() slog.Value { return slog.StringValue(Redacted) }

// ErrNotUTF8 means that a text is not UTF-8, so that no message can hold it.
var ErrNotUTF8 = errors.New("the text is not UTF-8")

// MarshalJSON encodes the secret itself as a JSON string. It returns ErrNotUTF8 for
// one that JSON can't hold: it would become another secret.
func (w Wire) MarshalJSON() ([]byte, error) {
	if !utf8.ValidString(w.text.Reveal()) {
		return nil, ErrNotUTF8
	}
	return json.Marshal(w.text.Reveal())
}

// UnmarshalJSONFrom decodes a JSON string.
func (w *Wire) UnmarshalJSONFrom(decoder *jsontext.Decoder) error {
	var value string
	if err := jsonv2.UnmarshalDecode(decoder, &value); err != nil {
		return err
	}
	w.text = New(value)
	return nil
}
