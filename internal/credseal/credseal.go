// Package credseal seals what a credential store holds, so that it can be opened for a
// limited time only, with nothing of ours running when that ends: each sealed item has
// a key of its own in the kernel's user keyring, whose time limit is the item's.
//
// It promises that a sealed item opens only with its key, unchanged, for the account
// and store that it was sealed for, and until the next start of the machine; that each
// sealing draws a new key, with a new name, the generation, so that a reader never
// pairs an item with the key of another one; and that no key is in an error, a log, a
// file or an item.
//
// Once the kernel has dropped the key, what the store holds is of no use to anybody.
// It does not protect from programs of the same user while the key exists, nor from
// root.
package credseal

import (
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/dxauth/dxauth/internal/kernelkey"
	"github.com/dxauth/dxauth/internal/machine"
	"github.com/dxauth/dxauth/pkg/secret"
)

var (
	// ErrExpired means that the time limit of the key has passed.
	ErrExpired = kernelkey.ErrExpired
	// ErrNoKey means that the kernel has no such key here, or no longer.
	ErrNoKey = kernelkey.ErrNotFound
	// ErrChanged means that the item was changed, or sealed for another account or
	// store or before a restart.
	ErrChanged = errors.New("the sealed item is not the one that was stored here")
	// ErrNotSealed means that an item has another form.
	ErrNotSealed = errors.New("not a sealed item")
)

// Version is the version of a sealed item. Version 1 is an item that is not sealed.
const Version = 2

// Item is a sealed item.
type Item struct {
	Version    int    `json:"version"`
	Generation string `json:"generation"` // names the key
	Nonce      []byte `json:"nonce"`
	Sealed     []byte `json:"sealed"`
}

// Encode returns the form in which a store holds the item.
func (i Item) Encode() (secret.Text, error) {
	encoded, err := json.Marshal(i)
	return secret.New(string(encoded)), err
}

// Decode reads what Encode returned. It returns ErrNotSealed for anything else.
func Decode(stored secret.Text) (Item, error) {
	var item Item
	err := json.Unmarshal([]byte(stored.Reveal()), &item) // its error may quote the item
	if err != nil || item.Version != Version || !isGeneration(item.Generation) || len(item.Nonce) != chacha20poly1305.NonceSizeX {
		return Item{}, ErrNotSealed
	}
	return item, nil
}

// Owner is what an item is sealed for.
type Owner struct {
	Host, User string // the account
	Store      string // name of the store that holds the item
}

// Keys is where the keys are kept. Its errors are those of package kernelkey.
type Keys interface {
	// Check returns why no key could be added.
	Check() error
	// Add adds a key; a limit of 0 is none.
	Add(name string, key []byte, limit time.Duration) error
	Read(name string) ([]byte, error)
	// Limit makes a key expire after a time, counted from now.
	Limit(name string, limit time.Duration) error
	Remove(name string) error
}

// Sealer seals and opens items.
type Sealer struct {
	Keys   Keys
	Random io.Reader
	Place  machine.Place
}

// Check returns why nothing can be sealed here.
func (s Sealer) Check() error {
	if s.Place.Boot == "" {
		return kernelkey.ErrNone
	}
	return s.Keys.Check()
}

// Seal seals a text with a new key, which opens it until the limit; 0: until the
// machine restarts. An item that is not stored then is to be dropped.
func (s Sealer) Seal(owner Owner, plain secret.Text, limit time.Duration) (Item, error) {
	if s.Place.Boot == "" {
		return Item{}, kernelkey.ErrNone
	}
	drawn := make([]byte, generationBytes+chacha20poly1305.KeySize+chacha20poly1305.NonceSizeX)
	defer clear(drawn)
	if _, err := io.ReadFull(s.Random, drawn); err != nil {
		return Item{}, fmt.Errorf("draw a key: %w", err)
	}
	name, rest := drawn[:generationBytes], drawn[generationBytes:]
	key, nonce := rest[:chacha20poly1305.KeySize], rest[chacha20poly1305.KeySize:]
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return Item{}, err
	}
	item := Item{Version: Version, Generation: generationEncoding().EncodeToString(name), Nonce: append([]byte(nil), nonce...)}
	item.Sealed = aead.Seal(nil, item.Nonce, []byte(plain.Reveal()), s.bound(owner, item.Generation))
	if err := s.Keys.Add(owner.keyName(item.Generation), key, limit); err != nil {
		return Item{}, fmt.Errorf("add the key of a sealed credential: %w", err)
	}
	return item, nil
}

// Open opens an item. It returns ErrExpired or ErrNoKey without its key, ErrChanged if
// it does not fit its key, and other errors of package kernelkey if the key can't be
// read here.
func (s Sealer) Open(owner Owner, item Item) (secret.Text, error) {
	aead, err := s.cipher(owner, item.Generation)
	if err != nil {
		return secret.Text{}, err
	}
	plain, err := aead.Open(nil, item.Nonce, item.Sealed, s.bound(owner, item.Generation))
	if err != nil {
		return secret.Text{}, ErrChanged
	}
	defer clear(plain)
	return secret.New(string(plain)), nil
}

func (s Sealer) cipher(owner Owner, generation string) (cipher.AEAD, error) {
	if s.Place.Boot == "" {
		return nil, kernelkey.ErrNone
	}
	key, err := s.Keys.Read(owner.keyName(generation))
	if err != nil {
		return nil, err
	}
	defer clear(key)
	if len(key) != chacha20poly1305.KeySize {
		return nil, ErrChanged
	}
	return chacha20poly1305.NewX(key)
}

// Look returns nil if the key of a generation is here, and otherwise the error that
// Open would return.
func (s Sealer) Look(owner Owner, generation string) error {
	_, err := s.cipher(owner, generation)
	return err
}

// Renew makes the key of a generation expire after a time, counted from now.
func (s Sealer) Renew(owner Owner, generation string, limit time.Duration) error {
	return s.Keys.Limit(owner.keyName(generation), limit)
}

// Drop removes the key of a generation. A missing key is not an error.
func (s Sealer) Drop(owner Owner, generation string) error {
	err := s.Keys.Remove(owner.keyName(generation))
	if errors.Is(err, ErrNoKey) || errors.Is(err, ErrExpired) {
		return nil
	}
	return err
}

// generationBytes is the length of the random name of a key.
const generationBytes = 16

func generationEncoding() *base64.Encoding { return base64.RawURLEncoding }

func isGeneration(text string) bool {
	name, err := generationEncoding().Strict().DecodeString(text)
	return err == nil && len(name) == generationBytes
}

// keyName returns the description of a key. Only the generation, which comes last and
// has no colon, has to be unique.
func (o Owner) keyName(generation string) string {
	return "dxauth-seal:" + o.Host + ":" + o.User + ":" + generation
}

// bound returns what an item is bound to: none of it is secret, and all of it has to be
// the same when the item is opened. Each part has its length before it, so that no two
// lists give the same bytes.
func (s Sealer) bound(owner Owner, generation string) []byte {
	var bound []byte
	for _, part := range []string{"dxauth sealed credential, version 2", owner.Host, owner.User, owner.Store, generation, s.Place.Boot} {
		bound = binary.AppendUvarint(bound, uint64(len(part)))
		bound = append(bound, part...)
	}
	return bound
}
