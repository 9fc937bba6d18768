package credstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dxauth/dxauth/pkg/secret"
)

// service is the attribute with which other programs can find our items:
//
//	secret-tool lookup service dxauth username USER@HOST
const service = "dxauth"

// trialUser is the name of an item that can't exist, because it has no @.
const trialUser = "nobody"

// keyring is the system's keyring: the Secret Service, macOS's keychain,
// Windows's credential manager.
type keyring struct {
	backend   backend
	canUnlock bool
	limits    limits
	// preflight checks what it can without a call that may hang or prompt.
	preflight func(context.Context, limits) Probe
}

// backend is the keyring itself. None of its calls takes a context, and some never
// return. A missing item is go-keyring's ErrNotFound.
type backend interface {
	get(user string) (secret.Text, error)
	set(user string, value secret.Text) error
	remove(user string) error
}

// limits bound every wait.
type limits struct {
	answer time.Duration // for a service's answer to one question of the preflight
	start  time.Duration // for a service to start
	call   time.Duration // for a call to an unlocked keyring
	prompt time.Duration // for a call during which the user answers a prompt
}

func newKeyring(canUnlock bool) *keyring {
	return &keyring{
		backend:   systemBackend{},
		canUnlock: canUnlock,
		limits:    limits{answer: time.Second, start: 3 * time.Second, call: 5 * time.Second, prompt: time.Minute},
		preflight: preflight,
	}
}

func (*keyring) Name() string { return KeyringName }

func (k *keyring) Probe(ctx context.Context) Probe {
	state := k.preflight(ctx, k.limits)
	if state.Outcome != Ready {
		return state
	}
	return k.try(ctx, state)
}

// unlock makes the keyring prompt the user, by reading an item: keyrings have no
// separate call for it.
func (k *keyring) unlock(ctx context.Context) Probe {
	return k.try(ctx, k.preflight(ctx, k.limits))
}

// try reads an item that does not exist, to check that reading works.
func (k *keyring) try(ctx context.Context, state Probe) Probe {
	_, err := k.call(ctx, state, func() (secret.Text, error) { return k.backend.get(trialUser) })
	var refused *UnavailableError
	switch {
	case err == nil, errors.Is(err, ErrNotFound):
		return keyringProbe(Ready, "it answers")
	case errors.As(err, &refused):
		return refused.Reasons[0]
	default:
		return keyringProbe(Declined, err.Error())
	}
}

func (k *keyring) Get(ctx context.Context, key Key) (secret.Text, error) {
	if err := key.check(); err != nil {
		return secret.Text{}, err
	}
	value, err := k.run(ctx, func() (secret.Text, error) { return k.backend.get(key.String()) })
	if err != nil {
		return secret.Text{}, fmt.Errorf("reading %s from the keyring: %w", key, err)
	}
	return value, nil
}

func (k *keyring) Set(ctx context.Context, key Key, value secret.Text) error {
	if err := key.check(); err != nil {
		return err
	}
	if value.Len() > MaxItem {
		return ErrTooBig
	}
	_, err := k.run(ctx, func() (secret.Text, error) { return secret.Text{}, k.backend.set(key.String(), value) })
	if err != nil {
		return fmt.Errorf("writing %s to the keyring: %w", key, err)
	}
	return confirmKept(ctx, k, key, value)
}

func (k *keyring) Delete(ctx context.Context, key Key) error {
	if err := key.check(); err != nil {
		return err
	}
	_, err := k.run(ctx, func() (secret.Text, error) { return secret.Text{}, k.backend.remove(key.String()) })
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("deleting %s from the keyring: %w", key, err)
	}
	return confirmDeleted(ctx, k, key)
}

// run makes one call, after a preflight.
func (k *keyring) run(ctx context.Context, call func() (secret.Text, error)) (secret.Text, error) {
	return k.call(ctx, k.preflight(ctx, k.limits), call)
}

// call makes one call to a keyring in the given state, if that state allows it.
// A call to a locked keyring makes it prompt and wait, so it is made only if a user
// can answer.
func (k *keyring) call(ctx context.Context, state Probe, call func() (secret.Text, error)) (secret.Text, error) {
	if err := ctx.Err(); err != nil {
		return secret.Text{}, err
	}
	if !usable(state, k.canUnlock) {
		return secret.Text{}, unavailable(state)
	}
	limit := k.limits.call
	if state.Outcome == Locked {
		limit = k.limits.prompt
	}
	value, err := bounded(ctx, limit, call)
	if err != nil {
		return secret.Text{}, keyringError(err, state.Outcome)
	}
	return value, nil
}
