package session

import (
	"encoding/json"
	"time"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Kind tells a session made by a sign-in from an API token that was handed in.
type Kind string

// The kinds, which are also the words for them.
const (
	Interactive Kind = "session"
	Token       Kind = "token"
)

// Account is a user of a server, as far as this machine is signed in there.
type Account struct {
	Server      string    `json:"server"` // base URL
	Host        string    `json:"host"`   // of the server; with the user it names the account
	User        string    `json:"user"`   // user name
	UserID      string    `json:"userId"`
	AuthServer  string    `json:"authServer"` // base URL
	Type        string    `json:"type"`       // of the platform
	Kind        Kind      `json:"kind"`
	Store       string    `json:"store"` // name of the credential store
	Created     time.Time `json:"created,omitzero"`
	Expires     time.Time `json:"expires,omitzero"` // zero: the server did not say
	IdleSeconds int64     `json:"idleSeconds,omitempty"`
	LastUsed    time.Time `json:"lastUsed,omitzero"`
	Project     *Project  `json:"project,omitempty"`
}

// Project is what an account has selected.
type Project struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Folder string `json:"folder"`
}

// Name is USER@HOST, by which people and stores name the account.
func (a Account) Name() string { return a.key().String() }

func (a Account) key() credstore.Key { return credstore.Key{Host: a.Host, User: a.User} }

// Idle is the limit after which the server ends the session; 0: none, or the
// server did not say.
func (a Account) Idle() time.Duration { return time.Duration(a.IdleSeconds) * time.Second }

// Credential is what a server takes for an account.
type Credential struct {
	Token secret.Text
	Type  string // scheme of the Authorization header
}

// itemVersion is the form of an item that this program writes. It is not written
// as long as it is the first.
const itemVersion = 1

// item is the form in which a store keeps a credential. It lives as long as it
// takes to encode or decode it.
type item struct {
	Version int    `json:"version,omitempty"` // 0: itemVersion 1
	Token   string `json:"token"`
	Type    string `json:"type"`
}

func (c Credential) encode() (secret.Text, error) {
	encoded, err := json.Marshal(item{Token: c.Token.Reveal(), Type: c.Type})
	return secret.New(string(encoded)), err
}

// decodeCredential reads an item. The decoder's error is dropped, because it may
// quote the item.
func decodeCredential(stored secret.Text) (Credential, error) {
	var it item
	err := json.Unmarshal([]byte(stored.Reveal()), &it)
	switch {
	case it.Version > itemVersion: // which may be why it can't be read
		return Credential{}, ErrNewer
	case err != nil || it.Token == "":
		return Credential{}, ErrForeign
	}
	return Credential{Token: secret.New(it.Token), Type: it.Type}, nil
}
