package credstore

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/secret"
)

// answers is a person who knows one passphrase.
func answers(passphrase string) Passphrase {
	return func(context.Context, bool) (secret.Text, error) { return secret.New(passphrase), nil }
}

// quickAge is an age store whose passphrase costs next to nothing.
func quickAge(dir string, passphrase Passphrase) ageFile {
	a := newAgeFile(dir, passphrase)
	a.format = ageFormat{a.passphrase, 1}
	return a
}

func filledAgeFile(t *testing.T) ageFile {
	t.Helper()
	a := quickAge(privateDir(t), answers("correct horse"))
	if err := a.Set(t.Context(), testKey, secret.New("canary-7f3a")); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAgeFileKeepsItems(t *testing.T) {
	exerciseStore(t, quickAge(filepath.Join(t.TempDir(), "not", "yet", "made"), answers("correct horse")))
}

// TestAgeFileAtItsRealCost takes a few tenths of a second.
func TestAgeFileAtItsRealCost(t *testing.T) {
	t.Parallel()
	a := newAgeFile(privateDir(t), answers("correct horse"))
	if err := a.Set(t.Context(), testKey, secret.New("canary-7f3a")); err != nil {
		t.Fatal(err)
	}
	content := readFile(t, a.path())
	if !strings.HasPrefix(content, "age-encryption.org/v1\n-> scrypt ") || !strings.Contains(strings.SplitN(content, "\n", 3)[1], " 15") {
		t.Errorf("the file is not an age file of work factor 15: %q", content[:min(len(content), 80)])
	}
	for _, plain := range []string{"canary", "alice", "platform.example"} {
		if strings.Contains(content, plain) {
			t.Errorf("the file shows %q", plain)
		}
	}
}

func TestAgeFileRefusesAWrongPassphrase(t *testing.T) {
	right := filledAgeFile(t)
	before := readFile(t, right.path())
	wrong := quickAge(right.dir, answers("battery staple"))

	_, getErr := wrong.Get(t.Context(), testKey)
	_, _, openErr := open(t.Context(), Config{Want: AgeName}, []Store{wrong})
	for call, err := range map[string]error{
		"get":    getErr,
		"set":    wrong.Set(t.Context(), testKey, secret.New("other")),
		"delete": wrong.Delete(t.Context(), testKey),
		"open":   openErr,
	} {
		var typed *WrongPassphraseError
		if !errors.As(err, &typed) || outcomeOf(t, err) != Declined {
			t.Errorf("%s: error %v, want a *WrongPassphraseError", call, err)
			continue
		}
		for _, want := range []string{right.path(), "try again", "log in again"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error does not say %q: %v", call, want, err)
			}
		}
		if strings.Contains(err.Error(), "battery") {
			t.Errorf("%s: the error shows the passphrase: %v", call, err)
		}
	}
	if after := readFile(t, right.path()); after != before {
		t.Error("the file was changed")
	}
}

// TestAgeFileAsksOnce: twice for a new file, which only the person's side
// knows how to do, and never again.
func TestAgeFileAsksOnce(t *testing.T) {
	dir := privateDir(t)
	var asked []bool
	person := Passphrase(func(_ context.Context, confirm bool) (secret.Text, error) {
		asked = append(asked, confirm)
		return secret.New("correct horse"), nil
	})

	first := quickAge(dir, person)
	if err := errors.Join(first.Delete(t.Context(), testKey), ignoring(first.Get(t.Context(), testKey))); !errors.Is(err, ErrNotFound) || len(asked) != 0 {
		t.Errorf("asked %v although there is no file (error %v)", asked, err)
	}
	if first.Probe(t.Context()).Outcome != Ready || len(asked) != 0 {
		t.Errorf("the probe asked %v", asked)
	}
	exerciseStore(t, first)
	if diff := cmp.Diff([]bool{true}, asked); diff != "" {
		t.Errorf("questions for a new file (-want +got):\n%s", diff)
	}

	if err := first.Set(t.Context(), testKey, secret.New("value")); err != nil {
		t.Fatal(err)
	}
	asked = nil
	shared := person.Once()
	for range 2 {
		if _, err := quickAge(dir, shared).Get(t.Context(), testKey); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]bool{false}, asked); diff != "" {
		t.Errorf("questions for two stores on one file (-want +got):\n%s", diff)
	}
}

func ignoring[T any](_ T, err error) error { return err }

// TestOpenAsksForThePassphrase, because a login must not find out later.
func TestOpenAsksForThePassphrase(t *testing.T) {
	absent := &scriptedStore{name: KeyringName, outcome: Absent}
	var asked []bool
	a := quickAge(privateDir(t), func(_ context.Context, confirm bool) (secret.Text, error) {
		asked = append(asked, confirm)
		return secret.New("correct horse"), nil
	})
	store, reason, err := open(t.Context(), Config{Want: Auto}, []Store{absent, a})
	if err != nil || store.Name() != AgeName || !strings.Contains(reason, "keyring is absent") {
		t.Errorf("store %v, reason %q, error %v", store, reason, err)
	}
	if diff := cmp.Diff([]bool{true}, asked); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}

	gone := errors.New("the person went away")
	a = quickAge(privateDir(t), func(context.Context, bool) (secret.Text, error) { return secret.Text{}, gone })
	if _, _, err := open(t.Context(), Config{Want: AgeName}, []Store{a}); !errors.Is(err, gone) {
		t.Errorf("error %v, want the person's", err)
	}
}

func TestAgeFileWithoutAPassphrase(t *testing.T) {
	a := quickAge(filledAgeFile(t).dir, nil)
	_, getErr := a.Get(t.Context(), testKey)
	for call, err := range map[string]error{
		"probe":  unavailable(a.Probe(t.Context())),
		"get":    getErr,
		"set":    a.Set(t.Context(), testKey, secret.New("value")),
		"delete": a.Delete(t.Context(), testKey),
	} {
		if outcomeOf(t, err) != Absent || !strings.Contains(err.Error(), "DXAUTH_PASSPHRASE_FILE") {
			t.Errorf("%s: error %v, want %s and what to set", call, err, Absent)
		}
	}
	empty := quickAge(privateDir(t), answers(""))
	if err := empty.Set(t.Context(), testKey, secret.New("value")); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("an empty passphrase: error %v", err)
	}
}

// TestAgeFileRefusesOtherFiles: what is not ours stays as it is, and costs
// nothing to refuse.
func TestAgeFileRefusesOtherFiles(t *testing.T) {
	whole := readFile(t, filledAgeFile(t).path())
	forX25519 := func() string {
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		w, err := age.Encrypt(&b, identity.Recipient())
		if err = errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}()
	otherContent, err := encrypt([]byte("canary-7f3a"), "correct horse", 1)
	if err != nil {
		t.Fatal(err)
	}
	newer, err := encrypt([]byte(`{"version": 2, "canary-7f3a": []}`), "correct horse", 1)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{
		"empty":                "",
		"plain text":           `{"version": 1, "items": {}}`,
		"of a newer version":   string(newer),
		"cut off":              whole[:len(whole)-5],
		"changed":              whole[:len(whole)-5] + "other",
		"hours of work":        strings.Replace(whole, " 1\n", " 29\n", 1),
		"for a key":            forX25519,
		"other content":        string(otherContent),
		"larger than the rule": whole + strings.Repeat("x", maxFile),
	}
	for name, content := range cases {
		t.Run(name, func(t *testing.T) {
			a := quickAge(privateDir(t), answers("correct horse"))
			if err := os.WriteFile(a.path(), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			_, getErr := a.Get(t.Context(), testKey)
			for call, err := range map[string]error{
				"get":    getErr,
				"set":    a.Set(t.Context(), testKey, secret.New("value")),
				"delete": a.Delete(t.Context(), testKey),
			} {
				if outcomeOf(t, err) != Declined || !strings.Contains(err.Error(), a.path()) || strings.Contains(err.Error(), "canary") {
					t.Errorf("%s: error %v", call, err)
				}
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("it took %v", took)
			}
			if readFile(t, a.path()) != content {
				t.Error("the file was changed")
			}
		})
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
