// Package seal encrypts values that the server must be able to read back, such as
// the seeds of second factors.
//
// It promises that a sealed value is AES-256-GCM under a key that is not in the
// database; that it opens only for the table, column and row it was sealed for, so
// that moving values in the database gains nothing; and that a wrong key is not
// mistaken for a damaged value, so that a server with the wrong key file can say
// so. The key comes from a file that only its owner can read. Neither keys nor
// plaintexts appear in errors or when printed.
//
// A sealed value is: format (1 byte), key ID (8), nonce (12), ciphertext and
// tag (16). Nonces are random; one key can seal 2^32 values.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Errors of Open, besides [WrongKeyError].
var (
	// ErrMalformed means that the value is not a sealed value, or cut off.
	ErrMalformed = errors.New("not a sealed value")
	// ErrNotAuthentic means that the value was changed, or sealed for another
	// place.
	ErrNotAuthentic = errors.New("sealed value was changed or moved")
)

// WrongKeyError means that a value was sealed with another key. The value itself may
// be intact.
type WrongKeyError struct {
	Have KeyID // of the key in use
	Want KeyID // of the key that sealed the value
}

func (e *WrongKeyError) Error() string {
	return fmt.Sprintf("sealed with key %s, but the key in use is %s", e.Want, e.Have)
}

// KeyID identifies a key without revealing it: the first 8 bytes of its SHA-256.
type KeyID [8]byte

// String returns the ID as 16 hexadecimal digits.
func (id KeyID) String() string { return hex.EncodeToString(id[:]) }

// Place is where a sealed value is stored. Open needs the same Place as Seal.
type Place struct{ Table, Column, Row string }

const (
	keyBytes = 32
	formatV1 = 1

	macPurpose = "dxauth keyed hashes v1"
)

// Key seals and opens values. It is safe for concurrent use. The zero Key is
// not usable; keys come from [Load] and [New].
type Key struct {
	// A function, because fmt prints only its address. For a Key in an unexported
	// field of another struct, fmt cannot call Format, and for some verbs it
	// follows pointers.
	parts func() *keyParts
}

type keyParts struct {
	id   KeyID
	aead cipher.AEAD
	mac  []byte
}

// New returns a random key, which is not stored anywhere.
func New(random io.Reader) (Key, error) {
	material, err := drawKey(random)
	if err != nil {
		return Key{}, err
	}
	return newKey(material)
}

func drawKey(random io.Reader) ([]byte, error) {
	material := make([]byte, keyBytes)
	if _, err := io.ReadFull(random, material); err != nil {
		return nil, fmt.Errorf("draw a key: %w", err)
	}
	return material, nil
}

func newKey(material []byte) (Key, error) {
	block, err := aes.NewCipher(material)
	if err != nil {
		return Key{}, fmt.Errorf("use the key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return Key{}, fmt.Errorf("use the key: %w", err)
	}
	mac, err := hkdf.Key(sha256.New, material, nil, macPurpose, keyBytes)
	if err != nil {
		return Key{}, fmt.Errorf("derive from the key: %w", err)
	}
	sum := sha256.Sum256(material)
	parts := &keyParts{id: KeyID(sum[:len(KeyID{})]), aead: aead, mac: mac}
	return Key{parts: func() *keyParts { return parts }}, nil
}

// ID returns the ID of the key.
func (k Key) ID() KeyID { return k.parts().id }

// Bytes returns 32 bytes for keyed hashes such as HMAC. They are derived from the key
// by HKDF and cannot open values; the key itself never leaves the package.
func (k Key) Bytes() []byte { return slices.Clone(k.parts().mac) }

// Seal encrypts plaintext for one place, with a nonce from random. It fails
// only when random does.
func (k Key) Seal(random io.Reader, plaintext []byte, place Place) ([]byte, error) {
	header := k.header()
	nonce := make([]byte, k.parts().aead.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	prefix := slices.Concat(header, nonce)
	return k.parts().aead.Seal(prefix, nonce, plaintext, place.bind(header)), nil
}

// Open decrypts a value that Seal made for the same place. The errors are
// [ErrMalformed], [ErrNotAuthentic] and a *[WrongKeyError].
func (k Key) Open(sealed []byte, place Place) ([]byte, error) {
	header := k.header()
	aead := k.parts().aead
	if len(sealed) < len(header)+aead.NonceSize()+aead.Overhead() || sealed[0] != formatV1 {
		return nil, ErrMalformed
	}
	if want := KeyID(sealed[1:len(header)]); want != k.parts().id {
		return nil, &WrongKeyError{Have: k.parts().id, Want: want}
	}
	body := sealed[len(header):]
	nonce, ciphertext := body[:aead.NonceSize()], body[aead.NonceSize():]
	plaintext, err := aead.Open(nil, nonce, ciphertext, place.bind(header))
	if err != nil {
		return nil, ErrNotAuthentic
	}
	return plaintext, nil
}

// header returns the unencrypted start of each value that the key seals.
func (k Key) header() []byte {
	return append([]byte{formatV1}, k.parts().id[:]...)
}

// bind returns the additional data that binds a value to its header and place. Each
// part follows its length, so that no two places have the same data.
func (p Place) bind(header []byte) []byte {
	var data []byte
	for _, part := range []string{string(header), p.Table, p.Column, p.Row} {
		data = binary.BigEndian.AppendUint64(data, uint64(len(part)))
		data = append(data, part...)
	}
	return data
}

// Format writes [secret.Redacted] for every verb.
func (Key) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, secret.Redacted) }

// LogValue makes slog log [secret.Redacted].
func (Key) LogValue() slog.Value { return slog.StringValue(secret.Redacted) }
