package credstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/kernelkey"
	"github.com/dxauth/dxauth/pkg/secret"
)

// kernelKeyring keeps items in the Linux kernel's user keyring, @u. With keyutils:
//
//	keyctl print $(keyctl search @u user dxauth:HOST:USER)
type kernelKeyring struct {
	prefix string // of the descriptions
}

func newKernelKeyring() kernelKeyring { return kernelKeyring{prefix: "dxauth"} }

func (kernelKeyring) Name() string { return KernelName }

// description returns the name of an item's key. The last colon is the separator,
// because a host may have a port; colons in the user name are escaped.
func (k kernelKeyring) description(key Key) string {
	return k.prefix + ":" + key.Host + ":" + strings.NewReplacer("%", "%25", ":", "%3A").Replace(key.User)
}

// Probe tries to add a key, because a container or a used-up quota may forbid that.
func (k kernelKeyring) Probe(context.Context) Probe {
	if err := kernelkey.Check(k.prefix + ":trial"); err != nil {
		return kernelFailure(err)
	}
	return kernelProbe(Ready, "it keeps keys in the kernel's memory until the machine stops")
}

func (k kernelKeyring) Get(ctx context.Context, key Key) (secret.Text, error) {
	if err := errors.Join(ctx.Err(), key.check()); err != nil {
		return secret.Text{}, err
	}
	content, err := kernelkey.Read(k.description(key), MaxItem)
	if err != nil {
		return secret.Text{}, fmt.Errorf("reading %s from the kernel keyring: %w", key, kernelError(err))
	}
	defer clear(content)
	return secret.New(string(content)), nil
}

// Set writes the item without a time limit, even if the older item had one.
func (k kernelKeyring) Set(ctx context.Context, key Key, value secret.Text) error {
	if err := errors.Join(ctx.Err(), key.check()); err != nil {
		return err
	}
	if value.Len() > MaxItem {
		return ErrTooBig
	}
	item := kernelkey.Key{Description: k.description(key), Content: []byte(value.Reveal()), Permissions: kernelkey.Full}
	if err := kernelkey.Add(item); err != nil {
		return fmt.Errorf("writing %s to the kernel keyring: %w", key, kernelError(err))
	}
	return confirmKept(ctx, k, key, value)
}

func (k kernelKeyring) Delete(ctx context.Context, key Key) error {
	if err := errors.Join(ctx.Err(), key.check()); err != nil {
		return err
	}
	err := kernelError(kernelkey.Remove(k.description(key)))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("deleting %s from the kernel keyring: %w", key, err)
	}
	return confirmDeleted(ctx, k, key)
}

// Limit has the kernel remove the item.
func (k kernelKeyring) Limit(ctx context.Context, key Key, ttl time.Duration) error {
	if err := errors.Join(ctx.Err(), key.check()); err != nil {
		return err
	}
	if err := kernelkey.Limit(k.description(key), ttl); err != nil {
		return fmt.Errorf("limiting %s in the kernel keyring: %w", key, kernelError(err))
	}
	return nil
}

// kernelError returns the typed error for an error of package kernelkey.
func kernelError(err error) error {
	switch {
	case errors.Is(err, kernelkey.ErrNotFound), errors.Is(err, kernelkey.ErrExpired):
		return ErrNotFound
	case errors.Is(err, kernelkey.ErrForbidden), errors.Is(err, kernelkey.ErrNone),
		errors.Is(err, kernelkey.ErrQuota), errors.Is(err, kernelkey.ErrDenied):
		return unavailable(kernelFailure(err))
	default:
		return err
	}
}

// kernelFailure returns the probe for an error of package kernelkey.
func kernelFailure(err error) Probe {
	if errors.Is(err, kernelkey.ErrNone) || errors.Is(err, kernelkey.ErrForbidden) {
		return kernelProbe(Absent, err.Error())
	}
	return kernelProbe(Declined, err.Error())
}

func kernelProbe(outcome Outcome, detail string) Probe {
	return Probe{Store: KernelName, Outcome: outcome, Detail: detail}
}
