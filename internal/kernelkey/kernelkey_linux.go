package kernelkey

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// keyType is the type of all keys.
const keyType = "user"

// Check returns why no key could be added. It adds one that no other process sees,
// because a container or a used-up quota may forbid only that.
func Check(description string) error {
	if _, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true); err != nil {
		return explain(err)
	}
	return explain(withStaged(description, []byte("trial"), func(int) error { return nil }))
}

// Add adds a key, and replaces one with the same description. The key is made where
// only this thread sees it, and linked into the user keyring when it is complete. The
// link replaces one to an older key, which the kernel removes when nothing links to it.
// (Adding it in place would keep the older key's permissions and drop its limit.)
func Add(key Key) error {
	return explain(withStaged(key.Description, key.Content, func(id int) error {
		if key.Limit != 0 {
			if err := setTimeout(id, key.Limit); err != nil {
				return err
			}
		}
		if err := unix.KeyctlSetperm(id, uint32(key.Permissions)); err != nil {
			return err
		}
		_, err := unix.KeyctlInt(unix.KEYCTL_LINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
		return err
	}))
}

// withStaged makes a key in the keyring of a thread. Only the possessor of a key can
// set its permissions, and a thread always possesses the keys of its own keyring. The
// thread ends with the call, and its keyring with it.
func withStaged(description string, content []byte, use func(id int) error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends
		id, err := unix.AddKey(keyType, description, content, unix.KEY_SPEC_THREAD_KEYRING)
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

func find(description string) (id int, err error) {
	return unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, keyType, description, 0)
}

// Read returns the content of a key, which is at most the given number of bytes.
func Read(description string, most int) ([]byte, error) {
	id, err := find(description)
	if err != nil {
		return nil, explain(err)
	}
	content := make([]byte, most)
	size, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, content, 0)
	switch {
	case errors.Is(err, unix.EACCES):
		return nil, explain(denial(description))
	case err != nil:
		return nil, explain(err)
	case size > len(content):
		clear(content)
		return nil, fmt.Errorf("the key has %d bytes instead of at most %d: another program wrote it", size, most)
	}
	return content[:size], nil
}

// denial distinguishes a key that may not be read from one that expired between search
// and read: the kernel returns EACCES for both.
func denial(description string) error {
	if _, err := find(description); err != nil {
		return err
	}
	return unix.EACCES
}

// Limit makes a key expire after a time, counted from now.
func Limit(description string, limit time.Duration) error {
	id, err := find(description)
	if err == nil {
		err = setTimeout(id, limit)
	}
	return explain(err)
}

func setTimeout(id int, limit time.Duration) error {
	_, err := unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, id, seconds(limit), 0, 0)
	return err
}

// Remove revokes a key, which frees its content at once, and then removes the link,
// which the kernel would otherwise remove a little later.
func Remove(description string) error {
	id, err := find(description)
	if err != nil {
		return explain(err)
	}
	if _, err := unix.KeyctlInt(unix.KEYCTL_REVOKE, id, 0, 0, 0); err != nil {
		return explain(err)
	}
	_, err = unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return explain(err)
}

// explain returns the error of this package for an error of the kernel, or the error
// itself.
func explain(err error) error {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return err
	}
	switch number {
	case unix.ENOKEY, unix.EKEYREVOKED:
		return ErrNotFound
	case unix.EKEYEXPIRED:
		return ErrExpired
	case unix.ENOSYS:
		return ErrNone
	case unix.EPERM:
		return ErrForbidden
	case unix.EDQUOT:
		return ErrQuota
	case unix.EACCES:
		return ErrDenied
	}
	return err
}
