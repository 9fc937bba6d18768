package credstore

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestChoose is the decision table of the design.
func TestChoose(t *testing.T) {
	cases := []struct {
		want      string
		keyring   Outcome
		canUnlock bool
		chosen    string // "" means refused
	}{
		{Auto, Ready, false, KeyringName},
		{Auto, Ready, true, KeyringName},
		{Auto, Absent, false, ""},
		{Auto, Absent, true, ""},
		{Auto, Locked, false, ""},
		{Auto, Locked, true, KeyringName},
		{Auto, Declined, false, ""},
		{Auto, Declined, true, ""},
		{Auto, Unresponsive, false, ""},
		{Auto, Unresponsive, true, ""},

		{KeyringName, Ready, false, KeyringName},
		{KeyringName, Absent, true, ""},
		{KeyringName, Locked, false, ""},
		{KeyringName, Locked, true, KeyringName},
		{KeyringName, Declined, true, ""},
		{KeyringName, Unresponsive, true, ""},

		{PlaintextName, Ready, false, PlaintextName},
		{PlaintextName, Declined, true, PlaintextName},
		{PlaintextName, Unresponsive, false, PlaintextName},
	}
	for _, c := range cases {
		name := c.want + "/" + c.keyring.String()
		if c.canUnlock {
			name += "/can unlock"
		}
		t.Run(name, func(t *testing.T) {
			probes := []Probe{
				{KeyringName, c.keyring, "told by the test"},
				{PlaintextName, Ready, "an unencrypted file"},
			}
			chosen, reason, err := Choose(c.want, probes, c.canUnlock)
			if chosen != c.chosen {
				t.Fatalf("chose %q, want %q (error: %v)", chosen, c.chosen, err)
			}
			if c.chosen != "" {
				if err != nil || !strings.HasPrefix(reason, c.chosen+" is ") {
					t.Errorf("reason %q, error %v", reason, err)
				}
				return
			}
			var refused *UnavailableError
			if !errors.As(err, &refused) {
				t.Fatalf("error %v, want an *UnavailableError", err)
			}
			if diff := cmp.Diff(probes[:1], refused.Reasons); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
			if !strings.Contains(err.Error(), "--store plaintext") || !strings.Contains(err.Error(), "unsafe") {
				t.Errorf("the error names no way out: %v", err)
			}
		})
	}
}

func TestChooseRefusesUnknownNames(t *testing.T) {
	for _, want := range []string{"", "Keyring", "kernle", "plain"} {
		_, _, err := Choose(want, nil, true)
		if err == nil || !strings.Contains(err.Error(), "auto, keyring, plaintext") {
			t.Errorf("want %q: error %v, want one that lists the known names", want, err)
		}
		var refused *UnavailableError
		if errors.As(err, &refused) {
			t.Errorf("want %q: a name that is wrong is not a store that is unavailable", want)
		}
	}
}

func TestChooseWithoutProbes(t *testing.T) {
	_, _, err := Choose(Auto, nil, true)
	var refused *UnavailableError
	if !errors.As(err, &refused) || refused.Hint == "" {
		t.Errorf("error %v, want an *UnavailableError with a hint", err)
	}
}

// TestChooseNeverWeakens is the rule that matters most, over every input: Auto
// never ends in the plain file, and never passes a store that said no.
func TestChooseNeverWeakens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		probe := rapid.Custom(func(t *rapid.T) Probe {
			return Probe{
				Store:   rapid.SampledFrom(names()).Draw(t, "store"),
				Outcome: Outcome(rapid.IntRange(int(Ready), int(Unresponsive)).Draw(t, "outcome")),
			}
		})
		probes := rapid.SliceOfN(probe, 0, 5).Draw(t, "probes")
		canUnlock := rapid.Bool().Draw(t, "canUnlock")
		chosen, _, err := Choose(Auto, probes, canUnlock)
		if (chosen == "") == (err == nil) {
			t.Fatalf("chose %q with error %v", chosen, err)
		}
		if chosen == PlaintextName {
			t.Fatal("auto chose the plain file")
		}
		for _, p := range probes {
			if p.Store == PlaintextName {
				continue
			}
			if usable(p, canUnlock) {
				break
			}
			if chosen != "" && (p.Outcome == Declined || p.Outcome == Unresponsive) {
				t.Fatalf("passed a store that was %s", p.Outcome)
			}
		}
	})
}

func TestUnavailableErrorAdvises(t *testing.T) {
	cases := []struct {
		probe Probe
		want  string
	}{
		{Probe{KeyringName, Absent, "no bus"}, "install and start a keyring"},
		{Probe{KeyringName, Locked, "closed"}, "unlock the keyring"},
		{Probe{KeyringName, Declined, "refused"}, "allow the keyring"},
		{Probe{KeyringName, Unresponsive, "silent"}, "restart the keyring service"},
		{Probe{PlaintextName, Declined, "too open"}, "put that right"},
	}
	for _, c := range cases {
		text := unavailable(c.probe).Error()
		if !strings.Contains(text, c.want) || !strings.Contains(text, c.probe.Detail) {
			t.Errorf("%v: the error %q does not say %q and the reason", c.probe, text, c.want)
		}
		if strings.Contains(text, "\n") {
			t.Errorf("%v: the error has more than one line", c.probe)
		}
	}
}
