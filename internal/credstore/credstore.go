// Package credstore stores secrets: in the system's keyring, in the Linux kernel's
// keyring, in an encrypted file, or, if the user asks for it by name, with a docker
// credential helper or in a plaintext file.
//
// It promises four things. Every call ends within a limit: a keyring that hangs
// becomes the outcome [Unresponsive]. The state of a store is a typed [Outcome], and
// the choice among stores is one pure function of outcomes, [Choose]; it never
// weakens the protection silently, so a store that declines or does not respond ends
// the choice. Writes and deletions are verified by reading, because keyrings report
// success for writes whose prompt the user dismissed. And no secret appears in an
// error, a [Probe] or an argument of another program.
//
// [Open] chooses a store for a new login; [ByName] returns the store of an existing
// account.
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
// dxauth knows can hold that much, so that an item can move between them. It has room
// for a credential of 511 bytes that is sealed.
const MaxItem = 895

var (
	// ErrNotFound means that the store works and has no item for the key.
	ErrNotFound = errors.New("no such item in the credential store")
	// ErrTooBig means that the value is longer than MaxItem.
	ErrTooBig = fmt.Errorf("the item is larger than %d bytes", MaxItem)
	// ErrNotKept means that a store reported a successful write but did not
	// return the value afterwards.
	ErrNotKept = errors.New("the credential store did not keep what it accepted")
	// ErrNotDeleted means that a store reported a successful deletion and still
	// has the item.
	ErrNotDeleted = errors.New("the credential store still has the deleted item")
)

// Store stores secrets.
//
// Its errors are ErrNotFound, ErrTooBig, ErrNotKept and ErrNotDeleted, an
// *[UnavailableError] if the store can't be used, the context's error if the caller
// gave up, and others for failures of the system.
type Store interface {
	// Name is its name for --store.
	Name() string
	// Probe finds out, within a limit and without a prompt, whether the store
	// can be used.
	Probe(ctx context.Context) Probe
	// Get returns the item, or ErrNotFound.
	Get(ctx context.Context, key Key) (secret.Text, error)
	// Set writes the item over an older one and reads it back.
	Set(ctx context.Context, key Key, value secret.Text) error
	// Delete removes the item. Deleting a missing item is not an error.
	Delete(ctx context.Context, key Key) error
}

// Timed is a store whose items can expire without dxauth running.
type Timed interface {
	// Limit makes the item expire after ttl, replacing an earlier limit. ttl is
	// cut to whole seconds, at least one. Set removes the limit. It returns
	// ErrNotFound if there is no item.
	Limit(ctx context.Context, key Key, ttl time.Duration) error
}

// Key names an item.
type Key struct {
	Host string // "host" or "host:port", which a path may follow
	User string // the platform's name for the user, without the prefix "user-"
}

// String returns the name of the item in every store, USER@HOST. The last @ is the
// separator: a user may be an e-mail address, but a host has no @.
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
	// Ready: the store can be used.
	Ready Outcome = iota
	// Absent: there is no such store here. Another one may be used.
	Absent
	// Locked: the user has to unlock the store first.
	Locked
	// Declined: the store, or the user whom it asked, refused.
	Declined
	// Unresponsive: the store did not answer within the limit.
	Unresponsive
)

// String returns the outcome in lower case, as messages show it.
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
	Detail  string  // one sentence for the user, without secrets
}

// String returns the probe as one clause of a message.
func (p Probe) String() string {
	return fmt.Sprintf("%s is %s: %s", p.Store, p.Outcome, p.Detail)
}
