// Package kernelkey keeps keys of the type "user" in the Linux kernel's user keyring,
// @u: in memory that is never swapped out, and gone with the next start of the
// machine. Every process of the user in the same user namespace finds them, whatever
// session keyring it has, and no other user does.
//
// It promises that a key appears there complete, with its permissions and its time
// limit, or not at all; that a key with a limit is gone when the limit has passed,
// although nothing of ours is running; and that its errors are the few that this file
// lists, on every system, or errors of the kernel that are none of them.
//
// A description names a key. Adding a key replaces one of the same description,
// together with that one's limit.
package kernelkey

import (
	"errors"
	"math"
	"time"
)

var (
	// ErrNotFound means that there is no such key, or that it was removed.
	ErrNotFound = errors.New("no such key")
	// ErrExpired means that the limit of the key has passed. Some minutes later the
	// kernel forgets the key, and the error is ErrNotFound.
	ErrExpired = errors.New("the key has expired")
	// ErrNone means that the system has no such keys.
	ErrNone = errors.New("this kernel has no keys")
	// ErrForbidden means that this process may not use keys.
	ErrForbidden = errors.New("this container, or a policy, forbids the kernel's keys")
	// ErrQuota means that the user has too many keys.
	ErrQuota = errors.New("the quota of this user is used up (cat /proc/key-users)")
	// ErrDenied means that the permissions of the key or of the keyring do not allow
	// the call.
	ErrDenied = errors.New("the kernel denies access to the key")
)

// Permissions are those of a key, as keyctl(1) shows them.
type Permissions uint32

// The permissions give nothing to other users. Both give rights to every process of the
// user, not only to those that possess the key: processes whose session keyring has no
// link to the user keyring, as often in cron and containers, could not use it otherwise.
const (
	// Full gives all rights.
	Full Permissions = 0x3f3f0000
	// Renewable gives the rights to find and read the key and to change its limit, and
	// to processes that possess the key all rights.
	Renewable Permissions = 0x3f2b0000
)

// Key is a key to add.
type Key struct {
	Description string
	Content     []byte
	Permissions Permissions
	Limit       time.Duration // 0: none; otherwise cut to whole seconds, at least one
}

// seconds rounds down, but not to zero, which would remove the limit.
func seconds(limit time.Duration) int {
	return int(min(max(int64(limit/time.Second), 1), math.MaxInt32))
}
