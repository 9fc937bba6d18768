package session

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/credseal"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/machine"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Kind says whether a credential is a session from a sign-in or a given API token.
type Kind string

// The kinds, as messages show them.
const (
	Interactive Kind = "session"
	Token       Kind = "token"
)

// Account is a user of a server who is signed in on this machine.
type Account struct {
	Server      string    `json:"server"` // base URL
	Host        string    `json:"host"`   // of the server, with its path; with the user it names the account
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

	LastUptime machine.Uptime `json:"lastUptime,omitzero"` // LastUsed on the clock since the machine's start
	Signature  string         `json:"signature,omitempty"` // sha256 of the token; empty: not noted yet
	AlwaysSeal bool           `json:"alwaysSeal,omitempty"`
	InBrowser  bool           `json:"inBrowser,omitempty"` // signed in there: the user may have no password
	Sealed     *Seal          `json:"sealed,omitempty"`    // nil: the stored item is not sealed
}

// Project is the selected project of an account.
type Project struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Folder string `json:"folder"`
}

// Name returns USER@HOST, the name of the account for users and stores.
func (a Account) Name() string { return a.key().String() }

// IsNamed reports whether a name means this account: USER or USER@HOST, in any case,
// where the host may be written as in the address of a server. The case of its path
// counts.
func (a Account) IsNamed(name string) bool {
	name = strings.TrimSpace(name)
	at := strings.LastIndex(name, "@")
	if at < 0 || strings.EqualFold(name, a.User) {
		return strings.EqualFold(name, a.User)
	}
	place := name[at+1:]
	if scheme, rest, found := strings.Cut(place, "://"); found && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http")) {
		place = rest
	}
	host, path, _ := strings.Cut(place, "/")
	ownHost, ownPath, _ := strings.Cut(a.Host, "/")
	if !strings.EqualFold(name[:at], a.User) || strings.TrimRight(path, "/") != ownPath {
		return false
	}
	for _, defaultPort := range []string{"", ":443", ":80"} {
		if strings.EqualFold(host, ownHost+defaultPort) {
			return true
		}
	}
	return false
}

func (a Account) key() credstore.Key { return credstore.Key{Host: a.Host, User: a.User} }

// Idle returns the idle limit of the session; 0: none, or the server did not say.
func (a Account) Idle() time.Duration { return time.Duration(a.IdleSeconds) * time.Second }

// Credential is what a server accepts for an account.
type Credential struct {
	Token secret.Text
	Type  string // scheme of the Authorization header
}

// Signature returns the sha256 of the token, by which a platform, and the index, know
// it without having it.
func (c Credential) Signature() string { return c.Token.SHA256() }

// item is the form in which a store keeps a credential, version 1, or what is sealed in
// an item of version 2. It exists only while a credential is encoded or decoded.
type item struct {
	Version int    `json:"version,omitempty"` // 0: 1, which is not written
	Token   string `json:"token"`
	Type    string `json:"type"`
}

// maxItem bounds an item before it is sealed, in bytes. Sealed, it has to fit into
// every store.
const maxItem = 511

func (c Credential) encode() (secret.Text, error) {
	encoded, err := json.Marshal(item{Token: c.Token.Reveal(), Type: c.Type})
	if err == nil && len(encoded) > maxItem {
		return secret.Text{}, credstore.ErrTooBig
	}
	return secret.New(string(encoded)), err
}

// decodeCredential reads an item that is not sealed. It drops the decoder's error,
// which may quote the item.
func decodeCredential(stored secret.Text) (Credential, error) {
	var it item
	err := json.Unmarshal([]byte(stored.Reveal()), &it)
	switch {
	case it.Version > credseal.Version: // this may be why err is not nil
		return Credential{}, ErrNewer
	case err != nil || it.Version > 1 || it.Token == "":
		return Credential{}, ErrForeign
	}
	return Credential{Token: secret.New(it.Token), Type: it.Type}, nil
}
