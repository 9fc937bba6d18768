// Package credstore keeps secrets where the machine can keep them: in the
// system's keyring, in the Linux kernel's, in an encrypted file, or, when a
// person asks for it by name, with one of docker's credential helpers or in a
// plain file.
//
// It promises four things. A store answers within a limit: a keyring that
// waits for ever becomes the outcome [Unresponsive], never a program that
// hangs. What a store can do is a typed [Outcome], and the choice among stores
// is one pure function over outcomes, [Choose]; it never weakens the protection
// silently, so a store that said no, or nothing, ends the choice, and so does
// the absence of the one that an account had before. A write is read back and a
// deletion is looked at again, because keyrings report success for writes that
// a person dismissed. And a secret appears in no error, no [Probe] and no
// argument of another program.
//
// [Open] chooses for a new login; [ByName] finds the store of an account that
// has one already.
package credstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/dxauth/dxauth/pkg/secret"
)

// MaxItem is the largest value that a store takes, in bytes. Every store that
// dxauth knows can hold that much, so that an item can move between them.
const MaxItem = 511

var (
	// ErrNotFound means that the store works and has no item for the key.
	ErrNotFound = errors.New("no such item in the credential store")
	// ErrTooBig means that the value is longer than MaxItem.
	ErrTooBig = fmt.Errorf("the item is larger than %d bytes", MaxItem)
	// ErrNotKept means that a store reported a successful write and then did
	// not give the value back.
	ErrNotKept = errors.New("the credential store did not keep what it accepted")
	// ErrNotDeleted means that a store reported a successful deletion and still
	// has the item.
	ErrNotDeleted = errors.New("the credential store still has the deleted item")
)

// Store is a place where secrets rest.
//
// Its errors are ErrNotFound, ErrTooBig, ErrNotKept and ErrNotDeleted, an
// *[UnavailableError] where the store as a whole is the matter, the context's
// error where the caller gave up, and anything else for faults of the machine.
type Store interface {
	// Name is what --store calls it.
	Name() string
	// Probe finds out, within a limit and without asking a person anything,
	// whether the store can be used.
	Probe(ctx context.Context) Probe
	// Get returns the item, or ErrNotFound.
	Get(ctx context.Context, key Key) (secret.Text, error)
	// Set writes the item over an older one and reads it back.
	Set(ctx context.Context, key Key, value secret.Text) error
	// Delete removes the item. Deleting what is not there is no error.
	Delete(ctx context.Context, key Key) error
}

// Timed is a store whose items can end although dxauth never runs again.
type Timed interface {
	// Limit makes the item disappear by itself, ttl from now, in place of an
	// older limit. Less than a second counts as one, and parts of seconds are
	// cut off. A Set takes the limit away. It returns ErrNotFound where there
	// is no item.
	Limit(ctx context.Context, key Key, ttl time.Duration) error
}

// Key names an item.
type Key struct {
	Host string // "host" or "host:port"
	User string // the platform's name for the user, without the prefix "user-"
}

// String is the name of the item in every store, USER@HOST. The last @ is the
// separator: a user may be an e-mail address, a host has none.
func (k Key) String() string { return k.User + "@" + k.Host }

// check refuses keys that two accounts could share, and characters that mean
// something to the programs behind a keyring: macOS's security reads commands
// by the line.
func (k Key) check() error {
	if k.Host == "" || k.User == "" {
		return errors.New("an item of the credential store needs a host and a user")
	}
	if strings.Contains(k.Host, "@") {
		return fmt.Errorf("the host %q of a credential may not contain @", k.Host)
	}
	if strings.ContainsFunc(k.String(), func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
		return fmt.Errorf("the name %q of a credential contains control characters", k.String())
	}
	return nil
}

// Outcome is what a store can do now.
type Outcome int

const (
	// Ready: the store takes and gives items.
	Ready Outcome = iota
	// Absent: there is no such store here. Another one may serve.
	Absent
	// Locked: the store is there, and a person has to unlock it first.
	Locked
	// Declined: the store, or the person it asked, said no.
	Declined
	// Unresponsive: the store did not answer within the limit.
	Unresponsive
)

// String is the outcome in lower case, as it stands in messages.
func (o Outcome) String() string {
	switch o {
	case Ready:
		return "ready"
	case Absent:
		return "absent"
	case Locked:
		return "locked"
	case Declined:
		return "declined"
	case Unresponsive:
		return "unresponsive"
	default:
		return fmt.Sprintf("outcome %d", int(o))
	}
}

// Probe is what was found out about a store.
type Probe struct {
	Store   string  // its name
	Outcome Outcome // what it can do
	Detail  string  // one sentence for a person, without secrets
}

// String is the probe as one clause of a message.
func (p Probe) String() string {
	return fmt.Sprintf("%s is %s: %s", p.Store, p.Outcome, p.Detail)
}
