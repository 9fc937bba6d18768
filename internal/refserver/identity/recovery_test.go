package identity

import (
	"bytes"
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

var serverKey = []byte("an example of a key of 32 bytes!")

var errNoRandomness = errors.New("no randomness left")

// S-25: there are ten codes of 80 bits each, without characters that look alike.
func TestNewRecoveryCodes(t *testing.T) {
	form := regexp.MustCompile(`^([a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}$`)
	codes, err := NewRecoveryCodes(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, code := range codes {
		if !form.MatchString(code.Reveal()) {
			t.Errorf("code %s", code.Reveal())
		}
		if syntax.IsVerificationCode(code.Reveal()) || syntax.IsVerificationCode(NormalizeRecoveryCode(code).Reveal()) {
			t.Errorf("code %s is taken for a TOTP code", code.Reveal())
		}
		seen[code.Reveal()] = true
	}
	if len(seen) != 10 {
		t.Errorf("%d different codes, want 10", len(seen))
	}
}

// Each of the 80 random bits changes the code.
func TestRecoveryCodesUseAllBits(t *testing.T) {
	zero := make([]byte, recoveryCodes*recoveryCodeBytes)
	plain := firstCode(t, zero)
	if plain != "aaaa-aaaa-aaaa-aaaa" {
		t.Errorf("80 zero bits give %s", plain)
	}
	for bit := range recoveryCodeBytes * 8 {
		drawn := bytes.Clone(zero)
		drawn[bit/8] ^= 1 << (bit % 8)
		if firstCode(t, drawn) == plain {
			t.Errorf("bit %d changes nothing", bit)
		}
	}
}

func firstCode(t *testing.T, randomness []byte) string {
	t.Helper()
	codes, err := NewRecoveryCodes(bytes.NewReader(randomness))
	if err != nil {
		t.Fatal(err)
	}
	return codes[0].Reveal()
}

func TestNoRecoveryCodesWithoutRandomness(t *testing.T) {
	if codes, err := NewRecoveryCodes(iotest.ErrReader(errNoRandomness)); !errors.Is(err, errNoRandomness) || codes != nil {
		t.Errorf("NewRecoveryCodes: %d codes, %v; want %v", len(codes), err, errNoRandomness)
	}
}

func TestNormalizeRecoveryCode(t *testing.T) {
	for code, want := range map[string]string{
		"abcd-efgh-jkmn-2345":      "abcdefghjkmn2345",
		"ABCD-EFGH-JKMN-2345":      "abcdefghjkmn2345",
		" abcd efgh jkmn 2345\r\n": "abcdefghjkmn2345",
		"abcdefghjkmn2345":         "abcdefghjkmn2345",
		"abcd–efgh—jkmn‑2345":      "abcdefghjkmn2345",
		"aaaaa-bbbbb":              "aaaaabbbbb",
		"o0o0o-1l1iI":              "o0o0o1l1ii", // look-alikes stay apart
		"":                         "",
	} {
		if got := NormalizeRecoveryCode(secret.New(code)).Reveal(); got != want {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
}

func TestHashRecoveryCode(t *testing.T) {
	const user, code = "user-alice", "abcd-efgh-jkmn-2345"
	otherKey := bytes.ToUpper(serverKey)
	reference := HashRecoveryCode(serverKey, user, secret.New(code))
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(reference) {
		t.Errorf("hash is %s", reference)
	}
	for name, c := range map[string]struct {
		key        []byte
		user, code string
		same       bool
	}{
		"as typed":          {serverKey, user, " ABCD EFGH JKMN 2345 ", true},
		"another code":      {serverKey, user, "abcd-efgh-jkmn-2346", false},
		"another user":      {serverKey, "user-bob", code, false},
		"another key":       {otherKey, user, code, false},
		"a border moved":    {serverKey, user + "a", code[1:], false},
		"look-alikes apart": {serverKey, user, "abcd-efgh-jkmn-z345", false},
	} {
		if same := HashRecoveryCode(c.key, c.user, secret.New(c.code)) == reference; same != c.same {
			t.Errorf("%s: the same hash = %v, want %v", name, same, c.same)
		}
	}
}

// Case and separators do not matter.
func TestRecoveryCodesIgnoreCaseAndSeparators(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		randomness := rapid.SliceOfN(rapid.Byte(), 100, 100).Draw(t, "randomness")
		codes, err := NewRecoveryCodes(bytes.NewReader(randomness))
		if err != nil {
			t.Fatal(err)
		}
		separator := rapid.SampledFrom([]string{"", " ", "-", " - ", "\t"}).Draw(t, "separator")
		for _, code := range codes {
			typed := strings.ReplaceAll(strings.ToUpper(code.Reveal()), "-", separator)
			if HashRecoveryCode(serverKey, "u", secret.New(typed)) != HashRecoveryCode(serverKey, "u", code) {
				t.Fatalf("%q is not %q", typed, code.Reveal())
			}
		}
	})
}
