package passwordhash

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/pkg/secret"
)

// cheapParams make a hash in some 20 microseconds.
var cheapParams = Params{MemoryKiB: 16, Time: 1, Threads: 1}

var errNoRandomness = errors.New("no randomness left")

func newTestHasher(t testing.TB, params Params) *Hasher {
	t.Helper()
	hasher, err := NewHasher(params, rand.Reader, 2, 64)
	if err != nil {
		t.Fatal(err)
	}
	return hasher
}

func mustHash(t testing.TB, hasher *Hasher, password string) string {
	t.Helper()
	encoded, err := hasher.Hash(t.Context(), secret.New(password))
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// S-06: a password of any characters can be used to sign in.
func TestEveryPasswordVerifies(t *testing.T) {
	hasher := newTestHasher(t, cheapParams)
	passwords := rapid.OneOf(
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 300), func(b []byte) string { return string(b) }),
		rapid.SampledFrom([]string{"", " blanks around ", "a\x00b\x00cdefgh", "🔑🔑🔑🔑🔑🔑🔑🔑", strings.Repeat("x", MaxBytes)}),
	)
	rapid.Check(t, func(rt *rapid.T) {
		password := secret.New(passwords.Draw(rt, "password"))
		encoded, err := hasher.Hash(t.Context(), password)
		if err != nil {
			rt.Fatal(err)
		}
		match, stale, err := hasher.Verify(t.Context(), encoded, password)
		if !match || stale || err != nil {
			rt.Fatalf("Verify = %v, %v, %v", match, stale, err)
		}
	})
}

func TestPasswordsAreComparedInNFC(t *testing.T) {
	long := strings.Repeat("x", 100)
	for name, c := range map[string]struct {
		set, tried string
		want       bool
	}{
		"composed and decomposed":      {"caf\u00e9 au lait", "cafe\u0301 au lait", true},
		"decomposed and composed":      {"A\u030angstr\u00f6m", "\u00c5ngstro\u0308m", true},
		"ligature is not two letters":  {"\ufb01sh and chips", "fish and chips", false},
		"full width is not half width": {"\uff41bcdefgh", "abcdefgh", false},
		"case":                         {"Wonderland", "wonderland", false},
		"blank at the end":             {"wonderland", "wonderland ", false},
		"NUL does not end it":          {"wonder\x00land", "wonder\x00lane", false},
		"byte 73 counts":               {long + "a", long + "b", false},
	} {
		t.Run(name, func(t *testing.T) {
			hasher := newTestHasher(t, cheapParams)
			match, _, err := hasher.Verify(t.Context(), mustHash(t, hasher, c.set), secret.New(c.tried))
			if match != c.want || err != nil {
				t.Errorf("match = %v, %v; want %v", match, err, c.want)
			}
		})
	}
}

// S-01: the stored form, and a new salt each time.
func TestHashIsAPHCString(t *testing.T) {
	hasher := newTestHasher(t, Params{MemoryKiB: 32, Time: 2, Threads: 2})
	one, two := mustHash(t, hasher, "wonderland-2026"), mustHash(t, hasher, "wonderland-2026")
	if !strings.HasPrefix(one, "$argon2id$v=19$m=32,t=2,p=2$") {
		t.Errorf("hash is %s", one)
	}
	hash, err := decodeHash(one)
	if err != nil {
		t.Fatal(err)
	}
	if len(hash.salt) != 16 || len(hash.key) != 32 {
		t.Errorf("salt of %d bytes, key of %d", len(hash.salt), len(hash.key))
	}
	if one == two {
		t.Error("the same salt twice")
	}
}

func TestReferenceHashesVerify(t *testing.T) {
	hasher := newTestHasher(t, cheapParams)
	for _, encoded := range []string{referencePHC, referenceLanePHC} {
		match, _, err := hasher.Verify(t.Context(), encoded, secret.New("password"))
		if !match || err != nil {
			t.Errorf("%s: %v, %v", encoded, match, err)
		}
	}
}

// S-01: after the parameters were raised, an old hash still matches and is stale.
func TestStaleHashes(t *testing.T) {
	before := newTestHasher(t, cheapParams)
	raised := cheapParams
	raised.MemoryKiB *= 2
	after := newTestHasher(t, raised)
	old, password := mustHash(t, before, "wonderland-2026"), secret.New("wonderland-2026")

	for name, c := range map[string]struct {
		hasher       *Hasher
		encoded      string
		password     secret.Text
		match, stale bool
	}{
		"raised":                 {after, old, password, true, true},
		"replaced":               {after, mustHash(t, after, password.Reveal()), password, true, false},
		"lowered again":          {before, mustHash(t, after, password.Reveal()), password, true, false},
		"raised, wrong password": {after, old, secret.New("wonderland-2027"), false, false},
	} {
		match, stale, err := c.hasher.Verify(t.Context(), c.encoded, c.password)
		if match != c.match || stale != c.stale || err != nil {
			t.Errorf("%s: Verify = %v, %v, %v; want %v, %v", name, match, stale, err, c.match, c.stale)
		}
	}
}

// S-04, S-02: every guess costs exactly one hash, whatever is stored.
func TestEveryGuessCostsOneHash(t *testing.T) {
	hasher := newTestHasher(t, cheapParams)
	stored := map[string]string{"a known user": mustHash(t, hasher, "wonderland-2026")}
	for name, encoded := range malformedPHC {
		stored["malformed: "+name] = encoded
	}
	for name, encoded := range stored {
		t.Run(name, func(t *testing.T) {
			before := hasher.Count()
			match, stale, err := hasher.Verify(t.Context(), encoded, secret.New("a guess"))
			if match || stale || err != nil {
				t.Errorf("Verify = %v, %v, %v; want no match and no error", match, stale, err)
			}
			if cost := hasher.Count() - before; cost != 1 {
				t.Errorf("cost %d hashes, want 1", cost)
			}
		})
	}
}

// S-04: the hash for unknown users has the current cost and never matches.
func TestDummyHash(t *testing.T) {
	hasher := newTestHasher(t, cheapParams)
	if hasher.dummy.params != cheapParams || hasher.dummy.weakerThan(cheapParams) {
		t.Errorf("the dummy costs %+v, want %+v", hasher.dummy.params, cheapParams)
	}
	known, err := decodeHash(mustHash(t, hasher, "fits"))
	if err != nil {
		t.Fatal(err)
	}
	hasher.dummy = known
	if match, _, err := hasher.Verify(t.Context(), "", secret.New("fits")); match || err != nil {
		t.Errorf("Verify = %v, %v; a password that fits the dummy must not match", match, err)
	}
}

// S-06: an over-long password costs no hash, for any user.
func TestOverlongPasswordsCostNoHash(t *testing.T) {
	hasher := newTestHasher(t, cheapParams)
	known := mustHash(t, hasher, "wonderland-2026")
	before := hasher.Count()
	for _, length := range []int{MaxBytes + 1, 1 << 20} {
		long := secret.New(strings.Repeat("x", length))
		if _, err := hasher.Hash(t.Context(), long); !errors.Is(err, ErrTooLong) {
			t.Errorf("Hash of %d bytes: %v, want ErrTooLong", length, err)
		}
		for _, encoded := range []string{known, ""} {
			if _, _, err := hasher.Verify(t.Context(), encoded, long); !errors.Is(err, ErrTooLong) {
				t.Errorf("Verify of %d bytes: %v, want ErrTooLong", length, err)
			}
		}
	}
	if cost := hasher.Count() - before; cost != 0 {
		t.Errorf("cost %d hashes", cost)
	}
}

func TestNewHasherRefusesNonsense(t *testing.T) {
	for name, c := range map[string]struct {
		params       Params
		slots, queue int
	}{
		"no parameters":    {Params{}, 1, 0},
		"memory of 2 GiB":  {Params{MemoryKiB: 2 << 20, Time: 1, Threads: 1}, 1, 0},
		"too many passes":  {Params{MemoryKiB: 64, Time: 11, Threads: 1}, 1, 0},
		"too many threads": {Params{MemoryKiB: 1024, Time: 1, Threads: 17}, 1, 0},
		"no slots":         {cheapParams, 0, 1},
		"negative queue":   {cheapParams, 1, -1},
	} {
		if _, err := NewHasher(c.params, rand.Reader, c.slots, c.queue); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := NewHasher(DefaultParams(), rand.Reader, DefaultParams().Slots(), 0); err != nil {
		t.Errorf("defaults: %v", err)
	}
}

func TestNoHashWithoutRandomness(t *testing.T) {
	if _, err := NewHasher(cheapParams, iotest.ErrReader(errNoRandomness), 1, 0); !errors.Is(err, errNoRandomness) {
		t.Errorf("NewHasher: %v, want %v", err, errNoRandomness)
	}
	onlyDummy := bytes.NewReader(make([]byte, saltBytes+keyBytes))
	hasher, err := NewHasher(cheapParams, onlyDummy, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if encoded, err := hasher.Hash(t.Context(), secret.New("wonderland-2026")); err == nil {
		t.Errorf("hashed without a salt: %s", encoded)
	}
}

func TestSlots(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(64))
	for memory, want := range map[uint32]int{
		0:            63, // not valid, but no reason to panic
		1024:         63,
		19456:        13,
		131072:       2,
		maxMemoryKiB: 1,
	} {
		if got := (Params{MemoryKiB: memory}).Slots(); got != want {
			t.Errorf("%d KiB: %d slots, want %d", memory, got, want)
		}
	}
}

// S-03: of 64 concurrent callers two run at a time, and none is lost.
func TestLimiterBoundsConcurrentHashes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newHashLimiter(2, 62)
		var working atomic.Int32
		var callers sync.WaitGroup
		start := time.Now()
		for range 64 {
			callers.Go(func() {
				if err := limiter.acquire(t.Context()); err != nil {
					t.Error(err)
					return
				}
				defer limiter.release()
				if n := working.Add(1); n > 2 {
					t.Errorf("%d at once", n)
				}
				time.Sleep(time.Second)
				working.Add(-1)
			})
		}
		callers.Wait()
		if took := time.Since(start); took != 32*time.Second {
			t.Errorf("64 calls of 1 s in 2 slots took %v", took)
		}
	})
}

// The memory of a hash is collected before the next caller has its slot, and stays if
// nobody waits.
func TestWaitingCallersCollectHashes(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // nothing else collects
	hasher, err := NewHasher(Params{MemoryKiB: garbageKiB, Time: 1, Threads: 1}, rand.Reader, 1, 8)
	if err != nil {
		t.Fatal(err)
	}
	collections := func() uint32 {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.NumGC
	}
	for _, waiting := range []bool{false, true} {
		admission, err := hasher.Admit(t.Context(), secret.New("wonderland-2026"))
		if err != nil {
			t.Fatal(err)
		}
		var next sync.WaitGroup
		t.Cleanup(next.Wait)
		if waiting {
			next.Go(func() { mustHash(t, hasher, "looking-glass-2026") })
			for !hasher.limiter.isAwaited() {
				runtime.Gosched()
			}
		}
		before := collections()
		if _, err := admission.Hash(); err != nil {
			t.Fatal(err)
		}
		if collected := collections() > before; collected != waiting {
			t.Errorf("with a caller that waits %v, the memory was collected: %v", waiting, collected)
		}
		admission.Release()
		next.Wait()
	}
}

// S-03: if the queue is full, a caller is refused at once, without a hash.
func TestFullQueueIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hasher, err := NewHasher(cheapParams, rand.Reader, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := hasher.limiter.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		waiting := make(chan error, 1)
		go func() {
			_, err := hasher.Hash(t.Context(), secret.New("wonderland-2026"))
			waiting <- err
		}()
		synctest.Wait()

		if _, _, err := hasher.Verify(t.Context(), "", secret.New("a guess")); !errors.Is(err, ErrBusy) {
			t.Errorf("Verify: %v, want ErrBusy", err)
		}
		if _, err := hasher.Hash(t.Context(), secret.New("wonderland-2026")); !errors.Is(err, ErrBusy) {
			t.Errorf("Hash: %v, want ErrBusy", err)
		}
		if hasher.Count() != 0 {
			t.Errorf("%d hashes were made", hasher.Count())
		}
		hasher.limiter.release()
		if err := <-waiting; err != nil {
			t.Errorf("the caller in the queue: %v", err)
		}
	})
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := newHashLimiter(1, 1)
		if err := limiter.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		brief, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := limiter.acquire(brief); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("in the queue: %v, want %v", err, context.DeadlineExceeded)
		}
		limiter.release()
		if err := limiter.acquire(brief); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after the deadline, with a free slot: %v, want %v", err, context.DeadlineExceeded)
		}
		if err := limiter.acquire(t.Context()); err != nil {
			t.Errorf("the place in the queue was lost: %v", err)
		}
		limiter.release()
		if len(limiter.admitted) != 0 || len(limiter.working) != 0 {
			t.Errorf("left: %d admitted, %d working", len(limiter.admitted), len(limiter.working))
		}
	})
}

func BenchmarkVerifyUnknownUser(b *testing.B) {
	hasher := newTestHasher(b, DefaultParams())
	for b.Loop() {
		if _, _, err := hasher.Verify(b.Context(), "", secret.New("a guess")); err != nil {
			b.Fatal(err)
		}
	}
}
