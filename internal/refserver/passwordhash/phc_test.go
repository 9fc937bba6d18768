package passwordhash

import (
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// The hash of "password" with the salt "somesalt" that the reference
// implementation of Argon2 prints for these costs.
const (
	referencePHC     = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	referenceLanePHC = "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"
)

// malformedPHC are stored hashes that must never be computed (S-02).
var malformedPHC = map[string]string{
	"empty":                  "",
	"plain text":             "builder-2026",
	"another function":       strings.Replace(referencePHC, "argon2id", "argon2i", 1),
	"bcrypt":                 "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
	"another version":        strings.Replace(referencePHC, "v=19", "v=16", 1),
	"no version":             strings.Replace(referencePHC, "$v=19", "", 1),
	"no costs":               strings.Replace(referencePHC, "m=256,t=2,p=1", "", 1),
	"costs in another order": strings.Replace(referencePHC, "m=256,t=2", "t=2,m=256", 1),
	"a cost too many":        strings.Replace(referencePHC, "p=1", "p=1,keyid=x", 1),
	"leading zero":           strings.Replace(referencePHC, "m=256", "m=0256", 1),
	"sign":                   strings.Replace(referencePHC, "m=256", "m=+256", 1),
	"negative":               strings.Replace(referencePHC, "t=2", "t=-2", 1),
	"memory over 1 GiB":      strings.Replace(referencePHC, "m=256", "m=1048577", 1),
	"memory beyond 32 bits":  strings.Replace(referencePHC, "m=256", "m=4294967552", 1),
	"memory below its lanes": strings.Replace(referencePHC, "m=256", "m=7", 1),
	"no passes":              strings.Replace(referencePHC, "t=2", "t=0", 1),
	"too many passes":        strings.Replace(referencePHC, "t=2", "t=11", 1),
	"no threads":             strings.Replace(referencePHC, "p=1", "p=0", 1),
	"too many threads":       strings.Replace(referencePHC, "p=1", "p=17", 1),
	"threads beyond 8 bits":  strings.Replace(referencePHC, "p=1", "p=257", 1),
	"no salt":                strings.Replace(referencePHC, "c29tZXNhbHQ", "", 1),
	"short salt":             strings.Replace(referencePHC, "c29tZXNhbHQ", "c29tZQ", 1),
	"long salt":              strings.Replace(referencePHC, "c29tZXNhbHQ", strings.Repeat("AAAA", 22), 1),
	"salt not base64":        strings.Replace(referencePHC, "c29tZXNhbHQ", "c29tZXNhbH!", 1),
	"salt with spare bits":   strings.Replace(referencePHC, "c29tZXNhbHQ", "c29tZXNhbHR", 1),
	"salt over two lines":    strings.Replace(referencePHC, "c29tZXNhbHQ", "c29tZX\nNhbHQ", 1),
	"padding":                referencePHC + "=",
	"no key":                 referencePHC[:strings.LastIndex(referencePHC, "$")+1],
	"short key":              referencePHC[:strings.LastIndex(referencePHC, "$")+1] + "AAAA",
	"long key":               referencePHC[:strings.LastIndex(referencePHC, "$")+1] + strings.Repeat("AAAA", 22),
	"a field too many":       referencePHC + "$",
	"blank before":           " " + referencePHC,
	"line end":               referencePHC + "\n",
	"very long":              referencePHC + strings.Repeat("A", 1<<20),
}

func TestDecodeReferenceHashes(t *testing.T) {
	for encoded, params := range map[string]Params{
		referencePHC:     {MemoryKiB: 256, Time: 2, Threads: 1},
		referenceLanePHC: {MemoryKiB: 256, Time: 2, Threads: 2},
	} {
		hash, err := decodeHash(encoded)
		if err != nil {
			t.Errorf("%s: %v", encoded, err)
			continue
		}
		if diff := cmp.Diff(params, hash.params); diff != "" {
			t.Errorf("%s: %s", encoded, diff)
		}
		if string(hash.salt) != "somesalt" || len(hash.key) != 32 {
			t.Errorf("%s: salt %q, key of %d bytes", encoded, hash.salt, len(hash.key))
		}
	}
}

func TestDecodeRefusesMalformedHashes(t *testing.T) {
	for name, encoded := range malformedPHC {
		t.Run(name, func(t *testing.T) {
			if hash, err := decodeHash(encoded); err == nil {
				t.Errorf("decoded to %+v", hash.params)
			}
		})
	}
}

// S-02: refusing a poisoned hash allocates next to nothing, whatever it asks for.
func TestRefusingIsCheap(t *testing.T) {
	for name, encoded := range malformedPHC {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = decodeHash(encoded)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 64<<10 {
			t.Errorf("%s: %d bytes", name, took)
		}
	}
}

func TestHashesAreReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		threads := rapid.Uint8Range(1, maxThreads).Draw(t, "threads")
		want := storedHash{
			params: Params{
				MemoryKiB: rapid.Uint32Range(minLaneKiB*uint32(threads), maxMemoryKiB).Draw(t, "memory"),
				Time:      rapid.Uint32Range(1, maxTime).Draw(t, "time"),
				Threads:   threads,
			},
			salt: rapid.SliceOfN(rapid.Byte(), minSaltBytes, maxSaltBytes).Draw(t, "salt"),
			key:  rapid.SliceOfN(rapid.Byte(), minKeyBytes, maxKeyBytes).Draw(t, "key"),
		}
		got, err := decodeHash(want.encode())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(storedHash{})); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzDecodeHash(f *testing.F) {
	testfuzz.Add(f, referencePHC)
	testfuzz.Add(f, referenceLanePHC)
	for _, encoded := range malformedPHC {
		testfuzz.Add(f, encoded)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		hash, err := decodeHash(encoded)
		if err != nil {
			return
		}
		if err := hash.validate(); err != nil {
			t.Errorf("%q decodes beyond its bounds: %v", encoded, err)
		}
		if again := hash.encode(); again != encoded {
			t.Errorf("%q is another spelling of %q", encoded, again)
		}
	})
}

func TestWeakerThan(t *testing.T) {
	current := Params{MemoryKiB: 256, Time: 2, Threads: 1}
	stored := func(params Params, salt, key int) storedHash {
		return storedHash{params: params, salt: make([]byte, salt), key: make([]byte, key)}
	}
	for name, c := range map[string]struct {
		hash storedHash
		want bool
	}{
		"same":         {stored(current, 16, 32), false},
		"less memory":  {stored(Params{255, 2, 1}, 16, 32), true},
		"fewer passes": {stored(Params{512, 1, 1}, 16, 32), true},
		"short salt":   {stored(current, 15, 32), true},
		"short key":    {stored(current, 16, 31), true},
		"stronger":     {stored(Params{512, 3, 1}, 32, 64), false},
		"more lanes":   {stored(Params{256, 2, 4}, 16, 32), false},
	} {
		if got := c.hash.weakerThan(current); got != c.want {
			t.Errorf("%s: weaker = %v, want %v", name, got, c.want)
		}
	}
}
