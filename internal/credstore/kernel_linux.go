package credstore

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	kernelKeyType = "user"

	// kernelPermissions gives all rights to every process of the user, and none to
	// others: 3f is all rights, first for the possessor of the key, then for its
	// user. Without the second, only processes whose session keyring links to the
	// user keyring could read it, which is often not the case in cron and containers.
	kernelPermissions = 0x3f3f0000
)

// Probe writes a key that no other process sees, because a container or a used-up
// quota may forbid writing.
func (k kernelKeyring) Probe(ctx context.Context) Probe {
	if _, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true); err != nil {
		return kernelFailure(err)
	}
	if err := trialKey(k.prefix + ":trial"); err != nil {
		return kernelFailure(err)
	}
	return kernelProbe(Ready, "it keeps keys in the kernel's memory until the machine stops")
}

func (k kernelKeyring) Get(ctx context.Context, key Key) (secret.Text, error) {
	if err := errors.Join(ctx.Err(), key.check()); err != nil {
		return secret.Text{}, err
	}
	value, err := readKey(k.description(key))
	if err != nil {
		return secret.Text{}, fmt.Errorf("reading %s from the kernel keyring: %w", key, kernelError(err))
	}
	return value, nil
}

// Set writes the item without a time limit, even if the older item had one.
func (k kernelKeyring) Set(ctx context.Context, key Key, value secret.Text) error {
	if err := errors.Join(ctx.Err(), key.check()); err != nil {
		return err
	}
	if value.Len() > MaxItem {
		return ErrTooBig
	}
	if err := writeKey(k.description(key), []byte(value.Reveal())); err != nil {
		return fmt.Errorf("writing %s to the kernel keyring: %w", key, kernelError(err))
	}
	return confirmKept(ctx, k, key, value)
}

func (k kernelKeyring) Delete(ctx context.Context, key Key) error {
	if err := errors.Join(ctx.Err(), key.check()); err != nil {
		return err
	}
	err := kernelError(removeKey(k.description(key)))
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
	id, err := findKey(k.description(key))
	if err == nil {
		_, err = unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, id, timeoutSeconds(ttl), 0, 0)
	}
	if err != nil {
		return fmt.Errorf("limiting %s in the kernel keyring: %w", key, kernelError(err))
	}
	return nil
}

// timeoutSeconds rounds down, but not to zero, which would remove the limit.
func timeoutSeconds(ttl time.Duration) int {
	return int(min(max(int64(ttl/time.Second), 1), math.MaxInt32))
}

func findKey(description string) (id int, err error) {
	return unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, kernelKeyType, description, 0)
}

func readKey(description string) (secret.Text, error) {
	id, err := findKey(description)
	if err != nil {
		return secret.Text{}, err
	}
	payload := make([]byte, MaxItem)
	defer clear(payload)
	size, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, payload, 0)
	switch {
	case errors.Is(err, unix.EACCES):
		return secret.Text{}, denial(description)
	case err != nil:
		return secret.Text{}, err
	case size > len(payload):
		return secret.Text{}, errors.New("the key is larger than an item: another program wrote it")
	}
	return secret.New(string(payload[:size])), nil
}

// denial distinguishes a key that may not be read from one that expired between
// search and read: the kernel returns EACCES for both.
func denial(description string) error {
	if _, err := findKey(description); err != nil {
		return err
	}
	return unix.EACCES
}

// writeKey makes the key where only this thread sees it, and links it into the user
// keyring when it is complete. The link replaces one to an older key with the same
// description, which the kernel removes when nothing links to it.
func writeKey(description string, payload []byte) error {
	return withStagedKey(description, payload, func(id int) error {
		if err := unix.KeyctlSetperm(id, kernelPermissions); err != nil {
			return err
		}
		_, err := unix.KeyctlInt(unix.KEYCTL_LINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
		return err
	})
}

func trialKey(description string) error {
	return withStagedKey(description, []byte("trial"), func(int) error { return nil })
}

// withStagedKey makes a key in the keyring of a thread. Only the possessor of a key
// can set its permissions, and a thread always possesses the keys of its own keyring.
// The thread ends with the call, and its keyring with it.
func withStagedKey(description string, payload []byte, use func(id int) error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends
		id, err := unix.AddKey(kernelKeyType, description, payload, unix.KEY_SPEC_THREAD_KEYRING)
		if err == nil {
			err = use(id)
			// The first thread of a program never ends, so the link must go.
			_, unlinkErr := unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_THREAD_KEYRING, 0, 0)
			err = errors.Join(err, unlinkErr)
		}
		done <- err
	}()
	return <-done
}

// removeKey revokes the key, which frees its content at once, and then removes the
// link, which the kernel would otherwise remove a little later.
func removeKey(description string) error {
	id, err := findKey(description)
	if err != nil {
		return err
	}
	if _, err := unix.KeyctlInt(unix.KEYCTL_REVOKE, id, 0, 0, 0); err != nil {
		return err
	}
	_, err = unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}

// kernelError returns the typed error for an error of the kernel.
func kernelError(err error) error {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return err
	}
	switch number {
	case unix.ENOKEY, unix.EKEYEXPIRED, unix.EKEYREVOKED:
		return ErrNotFound
	case unix.EPERM, unix.ENOSYS, unix.EDQUOT, unix.EACCES:
		return unavailable(kernelFailure(number))
	}
	return err
}

// kernelFailure returns the probe for an error of the kernel.
func kernelFailure(err error) Probe {
	switch {
	case errors.Is(err, unix.ENOSYS):
		return kernelProbe(Absent, "this kernel has no keys")
	case errors.Is(err, unix.EPERM):
		return kernelProbe(Absent, "this container, or a policy, forbids the kernel's keys")
	case errors.Is(err, unix.EDQUOT):
		return kernelProbe(Declined, "the quota of this user is used up (cat /proc/key-users)")
	case errors.Is(err, unix.EACCES):
		return kernelProbe(Declined, "the kernel denies access to the key")
	default:
		return kernelProbe(Declined, err.Error())
	}
}
