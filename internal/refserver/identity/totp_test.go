package identity

import (
	"bytes"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/syntax"
)

const digits = "1234567890"

// rfcSeed is the seed of the RFCs' examples for a hash of n bytes.
func rfcSeed(n int) []byte { return []byte(strings.Repeat(digits, 7)[:n]) }

// S-17: RFC 4226, appendix D.
func TestRFC4226Vectors(t *testing.T) {
	for counter, want := range []string{
		"755224", "287082", "359152", "969429", "338314",
		"254676", "287922", "162583", "399871", "520489",
	} {
		if got := TOTP(rfcSeed(20), int64(counter)); got != want {
			t.Errorf("count %d: %s, want %s", counter, got, want)
		}
	}
}

// S-17: RFC 6238, appendix B. Each hash has a seed of its own length, as in the
// reference code of appendix A and unlike what the text beside the table says.
func TestRFC6238Vectors(t *testing.T) {
	functions := []struct {
		name    string
		newHash func() hash.Hash
		seed    []byte
	}{
		{"SHA1", sha1.New, rfcSeed(20)},
		{"SHA256", sha256.New, rfcSeed(32)},
		{"SHA512", sha512.New, rfcSeed(64)},
	}
	for _, row := range []struct {
		unix int64
		want [3]string // in the order of functions
	}{
		{59, [3]string{"94287082", "46119246", "90693936"}},
		{1111111109, [3]string{"07081804", "68084774", "25091201"}},
		{1111111111, [3]string{"14050471", "67062674", "99943326"}},
		{1234567890, [3]string{"89005924", "91819424", "93441116"}},
		{2000000000, [3]string{"69279037", "90698825", "38618901"}},
		{20000000000, [3]string{"65353130", "77737706", "47863826"}},
	} {
		for i, f := range functions {
			if got := hotp(f.newHash, f.seed, uint64(row.unix/totpSeconds), 8); got != row.want[i] {
				t.Errorf("%s at %d: %s, want %s", f.name, row.unix, got, row.want[i])
			}
		}
	}
}

// S-18: a code is valid from 30 s before its step to 30 s after it, to the second.
func TestCodesAreValidForThreeSteps(t *testing.T) {
	const step = 57_000_000
	seed := rfcSeed(20)
	code, start := TOTP(seed, step), time.Unix(step*totpSeconds, 0)
	for offset, want := range map[time.Duration]bool{
		-31 * time.Second:      false,
		-30*time.Second - 1:    false,
		-30 * time.Second:      true,
		-1 * time.Second:       true,
		0:                      true,
		30*time.Second - 1:     true,
		30 * time.Second:       true,
		59 * time.Second:       true,
		60*time.Second - 1:     true,
		60 * time.Second:       false,
		61 * time.Second:       false,
		365 * 24 * 3600 * 1e9:  false,
		-365 * 24 * 3600 * 1e9: false,
	} {
		got, ok := MatchTOTP(seed, code, start.Add(offset))
		if ok != want || (ok && got != step) {
			t.Errorf("%v from its start: step %d, %v; want step %d, %v", offset, got, ok, step, want)
		}
	}
}

func TestOnlySixDigitsMatch(t *testing.T) {
	seed, now := rfcSeed(20), time.Unix(59, 0)
	if _, ok := MatchTOTP(seed, "287082", now); !ok {
		t.Fatal("the right code does not match")
	}
	for _, code := range []string{
		"", "28708", "2870820", "94287082", "287 082", " 287082", "287082 ", "287082\n", "28708a",
		"+87082", "-87082", "２８７０８２", "٢٨٧٠٨٢", "28708\u0662", "287082\x00", "000000",
	} {
		if step, ok := MatchTOTP(seed, code, now); ok {
			t.Errorf("%q matches step %d", code, step)
		}
	}
}

// Anyone could compute the codes of an empty seed.
func TestNoCodeMatchesAnEmptySeed(t *testing.T) {
	if step, ok := MatchTOTP(nil, TOTP(nil, 1), time.Unix(59, 0)); ok {
		t.Errorf("matches step %d", step)
	}
}

// S-18: a matched step is within the window and has the given code.
func TestMatchedStepIsWithinTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "seed")
		now := time.Unix(rapid.Int64Range(60, 1<<40).Draw(t, "now"), 0)
		current := now.Unix() / totpSeconds
		drift := rapid.Int64Range(-5, 5).Draw(t, "drift")
		code := TOTP(seed, current+drift)

		step, ok := MatchTOTP(seed, code, now)
		if inside := drift >= -totpWindow && drift <= totpWindow; inside && !ok {
			t.Fatalf("the code of step %+d does not match", drift)
		}
		if !ok {
			return
		}
		if off := step - current; off < -totpWindow || off > totpWindow {
			t.Fatalf("matched step %+d", off)
		}
		if TOTP(seed, step) != code {
			t.Fatalf("matched step %+d, which has another code", step-current)
		}
	})
}

// Two steps of one window have the same code about once in half a million cases. The
// later one must be spent then, or the code could be used again.
func TestLaterOfTwoEqualCodesIsSpent(t *testing.T) {
	seed := rfcSeed(20)
	const first = 910737 // the first such step of this seed
	if TOTP(seed, first) != TOTP(seed, first+1) {
		t.Fatal("the example has two different codes")
	}
	for _, current := range []int64{first, first + 1} {
		step, ok := MatchTOTP(seed, TOTP(seed, first), time.Unix(current*totpSeconds, 0))
		if !ok || step != first+1 {
			t.Errorf("in step %d: matched %d, %v; want %d", current, step, ok, first+1)
		}
	}
}

func TestVerificationCodes(t *testing.T) {
	for code, want := range map[string]bool{
		"000000":              true,
		"287082":              true,
		"":                    false,
		"28708":               false,
		"2870821":             false,
		"28708a":              false,
		"287 082":             false,
		"２８７０８２":              false,
		"aaaaa-bbbbb":         false,
		"abcd-efgh-jkmn-2345": false,
	} {
		if got := syntax.IsVerificationCode(code); got != want {
			t.Errorf("%q: %v, want %v", code, got, want)
		}
	}
}

func TestDecodeSeed(t *testing.T) {
	want := []byte("Hello!\xde\xad\xbe\xef") // JBSWY3DPEHPK3PXP
	for name, encoded := range map[string]string{
		"plain":                 "JBSWY3DPEHPK3PXP",
		"lower case":            "jbswy3dpehpk3pxp",
		"groups":                "JBSW Y3DP EHPK 3PXP",
		"dashes":                "jbsw-y3dp-ehpk-3pxp",
		"dashes of typography":  "jbsw–y3dp—ehpk‑3pxp",
		"blanks of typography":  "jbsw\u00a0y3dp\u2009ehpk\u202f3pxp",
		"blanks and a line end": "  JBSWY3DPEHPK3PXP\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := DecodeSeed(encoded)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("DecodeSeed = %q, %v; want %q", got, err, want)
			}
		})
	}
}

func TestDecodeSeedRefuses(t *testing.T) {
	for name, encoded := range map[string]string{
		"empty":                 "",
		"only separators":       " - ",
		"only padding":          "====",
		"a digit not in base32": "JBSWY3DPEHPK3PX1",
		"hexadecimal":           "0f0f0f0f0f0f0f0f",
		"padding inside":        "JBSW====Y3DPEHPK",
		"not a whole byte":      "J",
		"not ASCII":             "JBSWY3DPEHPK3PXÉ",
	} {
		t.Run(name, func(t *testing.T) {
			seed, err := DecodeSeed(encoded)
			if err == nil {
				t.Fatalf("decoded to %x", seed)
			}
			if encoded != "" && strings.Contains(err.Error(), encoded) {
				t.Errorf("the error quotes the seed: %v", err)
			}
		})
	}
}

// Authenticator apps differ in how they write a seed; all of them are read.
func TestSeedsAreReadAsWritten(t *testing.T) {
	mangle := map[string]func(string) string{
		"plain":      func(s string) string { return s },
		"lower case": strings.ToLower,
		"padded":     func(s string) string { return s + strings.Repeat("=", (8-len(s)%8)%8) },
		"grouped":    grouped,
	}
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "seed")
		for how, change := range mangle {
			got, err := DecodeSeed(change(EncodeSeed(seed).Reveal()))
			if err != nil || !bytes.Equal(got, seed) {
				t.Fatalf("%s: %x, %v; want %x", how, got, err, seed)
			}
		}
	})
}

func TestNewSeed(t *testing.T) {
	seed, err := NewSeed(bytes.NewReader([]byte(strings.Repeat(digits, 3))))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rfcSeed(20), seed); diff != "" {
		t.Errorf("the seed is not the 160 bits drawn: %s", diff)
	}
	if _, err := NewSeed(iotest.ErrReader(errNoRandomness)); !errors.Is(err, errNoRandomness) {
		t.Errorf("NewSeed: %v, want %v", err, errNoRandomness)
	}
	if shown := fmt.Sprint(EncodeSeed(seed)); strings.Contains(shown, EncodeSeed(seed).Reveal()) {
		t.Errorf("the seed prints as %s", shown)
	}
	if other, err := NewSeed(rand.Reader); err != nil || bytes.Equal(other, seed) {
		t.Errorf("the same seed again, or %v", err)
	}
}
