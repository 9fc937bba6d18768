package credstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/textinput"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	// maxPassphrase bounds what is read from a passphrase file, in bytes.
	maxPassphrase = 4 << 10
	// pipePatience bounds the wait for a passphrase from a pipe.
	pipePatience = 10 * time.Second

	noPassphrase = "its passphrase can't be asked for here, and DXAUTH_PASSPHRASE_FILE is not set"
)

// errWrongPassphrase means that a file was encrypted with another passphrase.
var errWrongPassphrase = errors.New("wrong passphrase")

// WrongPassphraseError means that the passphrase does not open the age file,
// which stays as it is. It is an *[UnavailableError] as well.
type WrongPassphraseError struct {
	refusal *UnavailableError
}

func newWrongPassphraseError(reason Probe) *WrongPassphraseError {
	return &WrongPassphraseError{&UnavailableError{
		Reasons: []Probe{reason},
		Hint: "try again with the right one, from the terminal or the file that DXAUTH_PASSPHRASE_FILE names; " +
			"if you lost it, remove the file and log in again",
	}}
}

// Error says what to do.
func (e *WrongPassphraseError) Error() string { return e.refusal.Error() }

// Unwrap returns the *UnavailableError.
func (e *WrongPassphraseError) Unwrap() error { return e.refusal }

// Passphrase returns the passphrase of the age file. confirm says that the file is new:
// the user is asked twice, because a typing error would lock them out.
type Passphrase func(ctx context.Context, confirm bool) (secret.Text, error)

// Once returns a Passphrase that asks once and then remembers the answer, even a wrong
// one. It does not remember an error.
func (p Passphrase) Once() Passphrase {
	var mu sync.Mutex
	var known secret.Text
	return func(ctx context.Context, confirm bool) (secret.Text, error) {
		mu.Lock()
		defer mu.Unlock()
		if !known.IsZero() {
			return known, nil
		}
		got, err := p(ctx, confirm)
		if err != nil {
			return secret.Text{}, err
		}
		if got.IsZero() {
			return secret.Text{}, unavailable(ageProbe(Declined, "an empty passphrase protects nothing"))
		}
		known = got
		return known, nil
	}
}

// PassphraseFile reads the passphrase from a file, without the final line end. The file
// may be a pipe or a link, may belong to any user, and has up to 4 KiB. It returns an
// *[UnavailableError] if the file can't be used or a pipe is silent for ten seconds.
func PassphraseFile(path string) Passphrase {
	return func(ctx context.Context, _ bool) (secret.Text, error) {
		limited, cancel := context.WithTimeout(ctx, pipePatience)
		defer cancel()
		passphrase, err := readPassphrase(limited, path)
		switch {
		case err == nil:
			return passphrase, nil
		case ctx.Err() != nil:
			return secret.Text{}, ctx.Err()
		case limited.Err() != nil:
			return secret.Text{}, unavailable(ageProbe(Unresponsive, fmt.Sprintf("%s gave no passphrase within %s", path, pipePatience)))
		default:
			return secret.Text{}, unavailable(ageProbe(Declined, "its passphrase can't be read: "+err.Error()))
		}
	}
}

func readPassphrase(ctx context.Context, path string) (secret.Text, error) {
	content, err := privatefile.ReadInput(ctx, path, maxPassphrase)
	if err != nil {
		return secret.Text{}, err
	}
	text, err := textinput.Decode(content)
	if err != nil {
		return secret.Text{}, fmt.Errorf("%s %w", path, err)
	}
	passphrase := strings.TrimRight(string(text), "\r\n")
	if passphrase == "" {
		return secret.Text{}, fmt.Errorf("%s: holds no passphrase", path)
	}
	return secret.New(passphrase), nil
}
