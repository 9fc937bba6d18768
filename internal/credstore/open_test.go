package credstore

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scriptedStore has the outcome that a test gives it, and counts the questions.
type scriptedStore struct {
	Store
	name     string
	outcome  Outcome
	unlocked Outcome // after it has been asked to unlock
	asked    []string
}

func (s *scriptedStore) Name() string { return s.name }

func (s *scriptedStore) Probe(context.Context) Probe {
	s.asked = append(s.asked, "probe")
	return Probe{s.name, s.outcome, "as scripted"}
}

func (s *scriptedStore) unlock(context.Context) Probe {
	s.asked = append(s.asked, "unlock")
	return Probe{s.name, s.unlocked, "as scripted"}
}

func TestOpenUnlocksWhatItChooses(t *testing.T) {
	cases := []struct {
		name      string
		probed    Outcome
		unlocked  Outcome
		canUnlock bool
		asked     []string
		opens     bool
	}{
		{"ready: no question", Ready, Ready, true, []string{"probe"}, true},
		{"locked, and unlocked by the person", Locked, Ready, true, []string{"probe", "unlock"}, true},
		{"locked, and the person says no", Locked, Declined, true, []string{"probe", "unlock"}, false},
		{"locked, and no answer", Locked, Unresponsive, true, []string{"probe", "unlock"}, false},
		{"locked, and nobody there to ask", Locked, Ready, false, []string{"probe"}, false},
		{"hangs", Unresponsive, Ready, true, []string{"probe"}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			scripted := &scriptedStore{name: KeyringName, outcome: c.probed, unlocked: c.unlocked}
			store, _, err := open(t.Context(), Config{Want: Auto, CanUnlock: c.canUnlock}, []Store{scripted})
			if opened := store == Store(scripted) && err == nil; opened != c.opens {
				t.Errorf("store %v, error %v; want it open: %v", store, err, c.opens)
			}
			var refused *UnavailableError
			if !c.opens && !errors.As(err, &refused) {
				t.Errorf("error %v, want an *UnavailableError", err)
			}
			if diff := cmp.Diff(c.asked, scripted.asked); diff != "" {
				t.Errorf("questions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpenProbesNoFurtherThanNeeded(t *testing.T) {
	for _, outcome := range []Outcome{Ready, Declined, Unresponsive} {
		first := &scriptedStore{name: KeyringName, outcome: outcome}
		second := &scriptedStore{name: KeyringName, outcome: Ready}
		_, _, _ = open(t.Context(), Config{Want: Auto}, []Store{first, second})
		if len(second.asked) != 0 {
			t.Errorf("the store after one that is %s was asked", outcome)
		}
	}
}

func TestOpenGivesUpWithItsCaller(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := open(ctx, Config{Want: Auto}, []Store{&scriptedStore{name: KeyringName, outcome: Unresponsive}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

func TestOpenPlaintextByName(t *testing.T) {
	store, reason, err := Open(t.Context(), Config{Want: PlaintextName, Dir: privateDir(t)})
	if err != nil {
		t.Fatal(err)
	}
	if store.Name() != PlaintextName || !strings.Contains(reason, "unencrypted") {
		t.Errorf("store %s for the reason %q, want the plain file and a word of warning", store.Name(), reason)
	}
}

func TestByName(t *testing.T) {
	for _, name := range append(names(), "helper:x") {
		store, err := ByName(name, Config{Dir: t.TempDir()})
		if err != nil || store.Name() != name {
			t.Errorf("ByName(%q) is %v, %v", name, store, err)
		}
	}
	for _, name := range []string{Auto, "", "vault"} {
		if _, err := ByName(name, Config{}); err == nil || !strings.Contains(err.Error(), "keyring, kernel, age, plaintext, helper:NAME") {
			t.Errorf("ByName(%q): error %v, want one that lists the known names", name, err)
		}
	}
}

// TestNamesOfHelpers: a name becomes the name of a program.
func TestNamesOfHelpers(t *testing.T) {
	for _, name := range []string{"helper:", "helper:../x", "helper:a/b", "helper:a b", "helper:a.exe", "helper:é", "helper:a\n", "helper:" + strings.Repeat("x", 65)} {
		if _, err := ByName(name, Config{}); err == nil || !strings.Contains(err.Error(), "letters, digits") {
			t.Errorf("ByName(%q): error %v", name, err)
		}
		if _, _, err := Open(t.Context(), Config{Want: name}); err == nil {
			t.Errorf("Open(%q) took it", name)
		}
	}
}
