package identity

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// MaxPasswordBytes bounds a password that is checked, in UTF-8 and NFC. New ones
// are shorter; see [CheckNewPassword].
const MaxPasswordBytes = 1024

// Errors of passwords that are checked. None says anything about the password
// but its length.
var (
	ErrPasswordTooLong = refusal.New(refusal.Invalid, "password is longer than %d bytes", MaxPasswordBytes).Because(refusal.PasswordTooLong)

	// ErrBusy says that all hash slots and all places in the queue are
	// taken. The server is overloaded; the same request may work later.
	ErrBusy = &refusal.Error{Code: refusal.Unavailable, Reason: refusal.Busy, Message: "too many passwords are being checked"}
)

// Sizes of the hashes made here.
const (
	saltBytes = 16
	keyBytes  = 32
)

// hashBudgetKiB is the memory that all hashes together may take by default.
const hashBudgetKiB = 256 * 1024

// normalizePassword returns the bytes that are hashed: the password in NFC,
// because keyboards differ in how they compose an é and people do not see it.
// NFKC is not used: it would make distinct passwords the same. Bytes that are
// not UTF-8 pass unchanged.
func normalizePassword(password secret.Text) ([]byte, error) {
	normal := norm.NFC.AppendString(nil, password.Reveal())
	if len(normal) > MaxPasswordBytes {
		return nil, ErrPasswordTooLong
	}
	return normal, nil
}

// Hasher makes and checks password hashes with argon2id. It computes only a
// few at once, because each takes MemoryKiB of memory. It is safe for
// concurrent use.
type Hasher struct {
	params HashParams
	random io.Reader
	gate   hashLimiter
	dummy  passwordHash
	count  atomic.Uint64
}

// NewHasher returns a Hasher that runs at most slots hashes at once and lets at
// most queue callers wait for one. Random gives the salts and must be safe for
// concurrent use, as crypto/rand.Reader is.
func NewHasher(params HashParams, random io.Reader, slots, queue int) (*Hasher, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	if slots < 1 || queue < 0 {
		return nil, fmt.Errorf("password hasher: %d slots and a queue of %d make no sense", slots, queue)
	}
	h := &Hasher{params: params, random: random, gate: newHashLimiter(slots, queue)}
	dummy, err := h.newDummy()
	if err != nil {
		return nil, err
	}
	h.dummy = dummy
	return h, nil
}

// Slots returns how many hashes of this cost should run at once: one per core,
// and no more than fit into 256 MiB together, but always one.
func (p HashParams) Slots() int {
	fitting := hashBudgetKiB / int(max(p.MemoryKiB, 1))
	return max(1, min(runtime.GOMAXPROCS(0), fitting))
}

// Hash returns the PHC string of password under the current parameters and a
// new salt. The errors are [ErrPasswordTooLong], [ErrBusy], the context's, and
// those of the source of randomness. A hash that has begun is not interrupted.
func (h *Hasher) Hash(ctx context.Context, password secret.Text) (string, error) {
	normal, err := normalizePassword(password)
	if err != nil {
		return "", err
	}
	salt, err := h.draw(saltBytes)
	if err != nil {
		return "", err
	}
	hash := passwordHash{params: h.params, salt: salt, key: make([]byte, keyBytes)}
	if hash.key, err = h.derive(ctx, normal, hash); err != nil {
		return "", err
	}
	return hash.encode(), nil
}

// Verify reports whether password is the one that encoded was made from, and,
// if so, whether encoded is stale: weaker than what Hash makes now, so that
// the caller should replace it.
//
// An unknown user is the empty string. That, and an encoded hash that is
// malformed or out of bounds, is no match and no error, and costs one real
// hash like any other guess: neither the answer nor its time tells whether an
// account exists. The errors are [ErrPasswordTooLong], before any hash and for
// all users alike, [ErrBusy] and the context's.
func (h *Hasher) Verify(ctx context.Context, encoded string, password secret.Text) (match, stale bool, err error) {
	normal, err := normalizePassword(password)
	if err != nil {
		return false, false, err
	}
	stored, decodeErr := decodeHash(encoded)
	if decodeErr != nil {
		stored = h.dummy
	}
	key, err := h.derive(ctx, normal, stored)
	if err != nil {
		return false, false, err
	}
	equal := subtle.ConstantTimeCompare(key, stored.key) == 1
	match = equal && decodeErr == nil
	return match, match && stored.weakerThan(h.params), nil
}

// Count returns how many hashes were computed since the start: a metric, and
// the way to test that each guess costs exactly one.
func (h *Hasher) Count() uint64 { return h.count.Load() }

// newDummy makes the hash that stands in for the one of an unknown user. Its
// key is drawn, not derived, so no password fits it.
func (h *Hasher) newDummy() (passwordHash, error) {
	salt, err := h.draw(saltBytes)
	if err != nil {
		return passwordHash{}, err
	}
	key, err := h.draw(keyBytes)
	if err != nil {
		return passwordHash{}, err
	}
	return passwordHash{params: h.params, salt: salt, key: key}, nil
}

// derive computes the key of password under the parameters, the salt and the
// key length of hash, when a slot is free.
func (h *Hasher) derive(ctx context.Context, password []byte, hash passwordHash) ([]byte, error) {
	if err := h.gate.enter(ctx); err != nil {
		return nil, err
	}
	defer h.gate.leave()
	h.count.Add(1)
	p := hash.params
	return argon2.IDKey(password, hash.salt, p.Time, p.MemoryKiB, p.Threads, uint32(len(hash.key))), nil
}

func (h *Hasher) draw(n int) ([]byte, error) {
	drawn := make([]byte, n)
	if _, err := io.ReadFull(h.random, drawn); err != nil {
		return nil, fmt.Errorf("draw randomness for a password hash: %w", err)
	}
	return drawn, nil
}

// gate admits a bounded number of callers and lets fewer of them work at once;
// the others wait in the order of their coming.
type hashLimiter struct {
	admitted chan struct{} // one element for each caller inside, waiting or working
	working  chan struct{}
}

func newHashLimiter(slots, queue int) hashLimiter {
	return hashLimiter{
		admitted: make(chan struct{}, slots+queue),
		working:  make(chan struct{}, slots),
	}
}

// enter waits for a slot. After nil, and only then, the caller must leave.
func (g hashLimiter) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for a password hash: %w", err)
	}
	select {
	case g.admitted <- struct{}{}:
	default:
		return ErrBusy
	}
	select {
	case g.working <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-g.admitted
		return fmt.Errorf("wait for a password hash: %w", ctx.Err())
	}
}

// leave frees the slot first: a place in the queue is never given away while
// the slot behind it is still taken.
func (g hashLimiter) leave() {
	<-g.working
	<-g.admitted
}
