// Package passwordhash makes and checks the hashes of passwords: argon2id, stored as a PHC
// string with its costs.
//
// It promises that every guess costs one hash, whether or not there is a stored one; that
// a stored hash whose costs are out of bounds is never computed; and that a bounded number
// of hashes is computed at once, because each takes megabytes of memory.
//
// It does not know whose password it is. Package identity counts guesses, and says which
// passwords can be set.
package passwordhash

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// MaxBytes is the maximum length of a password to check, in UTF-8 and NFC.
// New passwords have a lower limit.
const MaxBytes = 1024

// Errors of checking a password. They reveal nothing about it but its length.
var (
	ErrTooLong = refusal.New(refusal.Invalid, "password is longer than %d bytes", MaxBytes).Because(refusal.PasswordTooLong)

	// ErrBusy means that all hash slots and the queue are full. The same request
	// may succeed later.
	ErrBusy = &refusal.Error{Code: refusal.Unavailable, Reason: refusal.Busy, Message: "too many passwords are being checked"}
)

// Sizes of new hashes.
const (
	saltBytes = 16
	keyBytes  = 32
)

// hashBudgetKiB is the default memory limit for all hashes together.
const hashBudgetKiB = 256 * 1024

// normalize returns the bytes that are hashed: the password in NFC,
// because keyboards compose an é in different ways that look the same.
// NFKC is not used: it would make distinct passwords the same. Bytes that are
// not UTF-8 pass unchanged.
func normalize(password secret.Text) ([]byte, error) {
	normal := []byte(password.Reveal())
	if norm.NFC.QuickSpan(normal) < len(normal) { // the full form takes 16 KiB of stack
		normal = norm.NFC.Bytes(normal)
	}
	if len(normal) > MaxBytes {
		return nil, ErrTooLong
	}
	return normal, nil
}

// Hasher creates and checks argon2id password hashes. It limits how many run at
// once, because each takes MemoryKiB of memory. It is safe for concurrent use.
type Hasher struct {
	params  Params
	random  io.Reader
	limiter hashLimiter
	dummy   storedHash
	count   atomic.Uint64
}

// NewHasher returns a Hasher that runs at most slots hashes at once and lets at
// most queue callers wait. It reads salts from random, which must be safe for
// concurrent use, as crypto/rand.Reader is.
func NewHasher(params Params, random io.Reader, slots, queue int) (*Hasher, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	if slots < 1 || queue < 0 {
		return nil, fmt.Errorf("password hasher: invalid limits: %d slots and a queue of %d", slots, queue)
	}
	h := &Hasher{params: params, random: random, limiter: newHashLimiter(slots, queue)}
	dummy, err := h.newDummy()
	if err != nil {
		return nil, err
	}
	h.dummy = dummy
	return h, nil
}

// Slots returns how many hashes of this cost should run at once: one per core but
// one, which serves everything else meanwhile, at most as many as fit into 256 MiB
// together, and at least one.
func (p Params) Slots() int {
	fitting := hashBudgetKiB / int(max(p.MemoryKiB, 1))
	return max(1, min(runtime.GOMAXPROCS(0)-1, fitting))
}

// Admission is the right to hash one password at a time. What is counted before a
// password is hashed is counted after the admission, so that an attempt that finds
// the hasher busy is not counted.
type Admission struct {
	hasher   *Hasher
	password []byte
	release  func()
}

// Admit waits until a password can be hashed. It returns [ErrTooLong] at
// once, [ErrBusy] if too many callers wait, or the error of the context. The caller
// must release the admission.
func (h *Hasher) Admit(ctx context.Context, password secret.Text) (Admission, error) {
	normal, err := normalize(password)
	if err != nil {
		return Admission{}, err
	}
	if err := h.limiter.acquire(ctx); err != nil {
		return Admission{}, err
	}
	return Admission{hasher: h, password: normal, release: sync.OnceFunc(h.limiter.release)}, nil
}

// Releasing returns the admission with a function that Release calls, too, after the
// hasher is free for the next caller.
func (a Admission) Releasing(also func()) Admission {
	release := a.release
	a.release = sync.OnceFunc(func() { release(); also() })
	return a
}

// Release ends the admission; the first call counts.
func (a Admission) Release() { a.release() }

// Hash is Admit and [Admission.Hash].
func (h *Hasher) Hash(ctx context.Context, password secret.Text) (string, error) {
	admission, err := h.Admit(ctx, password)
	if err != nil {
		return "", err
	}
	defer admission.Release()
	return admission.Hash()
}

// Hash returns the PHC string of the password under the current parameters and a
// new salt. Its error is that of the random source.
func (a Admission) Hash() (string, error) {
	salt, err := a.hasher.draw(saltBytes)
	if err != nil {
		return "", err
	}
	hash := storedHash{params: a.hasher.params, salt: salt, key: make([]byte, keyBytes)}
	hash.key = a.derive(hash)
	return hash.encode(), nil
}

// Verify is Admit and [Admission.Verify].
func (h *Hasher) Verify(ctx context.Context, encoded string, password secret.Text) (match, stale bool, err error) {
	admission, err := h.Admit(ctx, password)
	if err != nil {
		return false, false, err
	}
	defer admission.Release()
	match, stale = admission.Verify(encoded)
	return match, stale, nil
}

// Verify reports whether encoded is a hash of the password and, if so, whether it is
// stale: weaker than what Hash makes now, so that the caller should replace it.
//
// For an unknown user, encoded is empty. An empty, malformed or out-of-bounds hash
// never matches, is not an error, and costs one real hash like any other guess:
// neither the result nor its time reveals whether an account exists.
func (a Admission) Verify(encoded string) (match, stale bool) {
	stored, decodeErr := decodeHash(encoded)
	if decodeErr != nil {
		stored = a.hasher.dummy
	}
	equal := subtle.ConstantTimeCompare(a.derive(stored), stored.key) == 1
	match = equal && decodeErr == nil
	return match, match && stored.weakerThan(a.hasher.params)
}

// Makes reports whether encoded is a hash of the cost that Hash makes now.
func (h *Hasher) Makes(encoded string) bool {
	stored, err := decodeHash(encoded)
	return err == nil && stored.params == h.params
}

// Count returns how many hashes were computed since the start. It is a metric, and
// lets tests check that each guess costs exactly one.
func (h *Hasher) Count() uint64 { return h.count.Load() }

// newDummy returns the hash that is checked for unknown users. Its key is random,
// not derived, so no password matches it.
func (h *Hasher) newDummy() (storedHash, error) {
	salt, err := h.draw(saltBytes)
	if err != nil {
		return storedHash{}, err
	}
	key, err := h.draw(keyBytes)
	if err != nil {
		return storedHash{}, err
	}
	return storedHash{params: h.params, salt: salt, key: key}, nil
}

// derive computes the key of the password with the parameters, salt and key length
// of hash. It is not interrupted.
func (a Admission) derive(hash storedHash) []byte {
	a.hasher.count.Add(1)
	p := hash.params
	defer a.hasher.collect(p.MemoryKiB)
	return argon2.IDKey(a.password, hash.salt, p.Time, p.MemoryKiB, p.Threads, uint32(len(hash.key))) // #nosec G115 -- the decoder bounds it
}

// garbageKiB is the least memory of a hash that is collected before the next one.
const garbageKiB = 4096

// collect frees the memory of a hash if another caller waits for its slot. The garbage
// collector alone would run after several hashes, which need as much memory together.
func (h *Hasher) collect(memoryKiB uint32) {
	if memoryKiB >= garbageKiB && h.limiter.isAwaited() {
		runtime.GC()
	}
}

func (h *Hasher) draw(n int) ([]byte, error) {
	drawn := make([]byte, n)
	if _, err := io.ReadFull(h.random, drawn); err != nil {
		return nil, fmt.Errorf("draw randomness for a password hash: %w", err)
	}
	return drawn, nil
}

// hashLimiter is a semaphore with a bounded queue, first come, first served.
type hashLimiter struct {
	admitted chan struct{} // one element for each caller, waiting or working
	working  chan struct{}
}

func newHashLimiter(slots, queue int) hashLimiter {
	return hashLimiter{
		admitted: make(chan struct{}, slots+queue),
		working:  make(chan struct{}, slots),
	}
}

// acquire waits for a slot. If it returns nil, the caller must release the slot.
func (l hashLimiter) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for a password hash: %w", err)
	}
	select {
	case l.admitted <- struct{}{}:
	default:
		return ErrBusy
	}
	select {
	case l.working <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-l.admitted
		return fmt.Errorf("wait for a password hash: %w", ctx.Err())
	}
}

// isAwaited reports whether callers wait for a slot.
func (l hashLimiter) isAwaited() bool { return len(l.admitted) > cap(l.working) }

// release frees the slot before the place in the queue, so that a caller who was
// admitted finds the slot free.
func (l hashLimiter) release() {
	<-l.working
	<-l.admitted
}
