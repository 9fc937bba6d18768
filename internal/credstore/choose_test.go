package credstore

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestChoose is the decision table of the design. In its columns of outcomes,
// a store that is not mentioned could be used.
func TestChoose(t *testing.T) {
	type outcomes = map[string]Outcome
	const helperX = HelperPrefix + "x"
	cases := []struct {
		name      string
		want      string
		known     string
		outcomes  outcomes
		canUnlock bool
		chosen    string // "" means refused,
		because   string // for what became of this store
	}{
		{name: "the keyring is the best", want: Auto, chosen: KeyringName},
		{name: "no keyring", want: Auto, outcomes: outcomes{KeyringName: Absent}, chosen: KernelName},
		{name: "no keyring, no kernel", want: Auto, outcomes: outcomes{KeyringName: Absent, KernelName: Absent}, chosen: AgeName},
		{name: "nothing", want: Auto, outcomes: outcomes{KeyringName: Absent, KernelName: Absent, AgeName: Absent}, because: AgeName},

		{name: "a locked keyring and a person", want: Auto, outcomes: outcomes{KeyringName: Locked}, canUnlock: true, chosen: KeyringName},
		{name: "a locked keyring and nobody", want: Auto, outcomes: outcomes{KeyringName: Locked}, chosen: KernelName},

		{name: "the keyring declines", want: Auto, outcomes: outcomes{KeyringName: Declined}, because: KeyringName},
		{name: "the keyring declines a person", want: Auto, outcomes: outcomes{KeyringName: Declined}, canUnlock: true, because: KeyringName},
		{name: "the keyring hangs", want: Auto, outcomes: outcomes{KeyringName: Unresponsive}, because: KeyringName},
		{name: "the keyring hangs before a person", want: Auto, outcomes: outcomes{KeyringName: Unresponsive}, canUnlock: true, because: KeyringName},
		{name: "the kernel declines", want: Auto, outcomes: outcomes{KeyringName: Absent, KernelName: Declined}, because: KernelName},
		{name: "the file is exposed", want: Auto, outcomes: outcomes{KeyringName: Absent, KernelName: Absent, AgeName: Declined}, because: AgeName},

		{name: "the keyring again", want: Auto, known: KeyringName, chosen: KeyringName},
		{name: "no keyring any more", want: Auto, known: KeyringName, outcomes: outcomes{KeyringName: Absent}, because: KeyringName},
		{name: "the keyring is locked today", want: Auto, known: KeyringName, outcomes: outcomes{KeyringName: Locked}, because: KeyringName},
		{name: "the keyring is unlocked today", want: Auto, known: KeyringName, outcomes: outcomes{KeyringName: Locked}, canUnlock: true, chosen: KeyringName},
		{name: "the kernel again", want: Auto, known: KernelName, outcomes: outcomes{KeyringName: Absent}, chosen: KernelName},
		{name: "the kernel before, now a keyring", want: Auto, known: KernelName, chosen: KeyringName},
		{name: "no kernel any more", want: Auto, known: KernelName, outcomes: outcomes{KeyringName: Absent, KernelName: Absent}, because: KernelName},
		{name: "the file again", want: Auto, known: AgeName, outcomes: outcomes{KeyringName: Absent, KernelName: Absent}, chosen: AgeName},
		{name: "plain text before protects nothing", want: Auto, known: PlaintextName, outcomes: outcomes{KeyringName: Absent, KernelName: Absent}, chosen: AgeName},
		{name: "a helper before, now a keyring", want: Auto, known: helperX, chosen: KeyringName},
		{name: "a helper before, and no keyring", want: Auto, known: helperX, outcomes: outcomes{KeyringName: Absent}, because: KeyringName},

		{name: "the keyring by name", want: KeyringName, chosen: KeyringName},
		{name: "no keyring of that name", want: KeyringName, outcomes: outcomes{KeyringName: Absent}, because: KeyringName},
		{name: "the keyring by name, locked", want: KeyringName, outcomes: outcomes{KeyringName: Locked}, because: KeyringName},
		{name: "the keyring by name, unlocked", want: KeyringName, outcomes: outcomes{KeyringName: Locked}, canUnlock: true, chosen: KeyringName},
		{name: "the kernel by name", want: KernelName, chosen: KernelName},
		{name: "no kernel of that name", want: KernelName, outcomes: outcomes{KernelName: Absent}, because: KernelName},
		{name: "the file by name", want: AgeName, chosen: AgeName},
		{name: "the file by name, without a passphrase", want: AgeName, outcomes: outcomes{AgeName: Absent}, because: AgeName},
		{name: "plain text by name", want: PlaintextName, outcomes: outcomes{KeyringName: Declined}, chosen: PlaintextName},
		{name: "plain text by name, after the keyring", want: PlaintextName, known: KeyringName, chosen: PlaintextName},
		{name: "plain text by name, exposed", want: PlaintextName, outcomes: outcomes{PlaintextName: Declined}, because: PlaintextName},
		{name: "a helper by name", want: helperX, outcomes: outcomes{KeyringName: Unresponsive}, chosen: helperX},
		{name: "no helper of that name", want: helperX, outcomes: outcomes{helperX: Absent}, because: helperX},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var probes []Probe
			for _, store := range append(names(), helperX) {
				probes = append(probes, Probe{store, c.outcomes[store], "told by the test"})
			}
			chosen, reason, err := Choose(c.want, c.known, probes, c.canUnlock)
			if chosen != c.chosen {
				t.Fatalf("chose %q, want %q (error: %v)", chosen, c.chosen, err)
			}
			if c.chosen != "" {
				if err != nil || !strings.HasPrefix(reason, c.chosen+": ") && !strings.HasPrefix(reason, c.chosen+" is locked: ") {
					t.Errorf("reason %q, error %v", reason, err)
				}
				return
			}
			var refused *UnavailableError
			if !errors.As(err, &refused) {
				t.Fatalf("error %v, want an *UnavailableError", err)
			}
			if last := refused.Reasons[len(refused.Reasons)-1]; last.Store != c.because {
				t.Errorf("refused because of %s, want %s", last, c.because)
			}
			if told := strings.Contains(err.Error(), "before"); told != (c.known != "") {
				t.Errorf("the error names the store that was known: %v; %v", told, err)
			}
			if !strings.Contains(err.Error(), "--store") && c.because != AgeName {
				t.Errorf("the error names no way out: %v", err)
			}
		})
	}
}

func TestChooseRefusesUnknownNames(t *testing.T) {
	for _, want := range []string{"", "Keyring", "kernle", "plain", "helper"} {
		_, _, err := Choose(want, "", nil, true)
		if err == nil || !strings.Contains(err.Error(), "auto, keyring, kernel, age, plaintext, helper:NAME") {
			t.Errorf("want %q: error %v, want one that lists the known names", want, err)
		}
		var refused *UnavailableError
		if errors.As(err, &refused) {
			t.Errorf("want %q: a name that is wrong is not a store that is unavailable", want)
		}
	}
}

func TestChooseWithoutProbes(t *testing.T) {
	_, _, err := Choose(Auto, "", nil, true)
	var refused *UnavailableError
	if !errors.As(err, &refused) || refused.Hint == "" {
		t.Errorf("error %v, want an *UnavailableError with a hint", err)
	}
}

// TestChooseNeverWeakens is the rule that matters most, over every input: Auto
// never ends in the plain file, never passes a store that said no, and never
// goes below the store that the account had.
func TestChooseNeverWeakens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		probe := rapid.Custom(func(t *rapid.T) Probe {
			return Probe{
				Store:   rapid.SampledFrom(names()).Draw(t, "store"),
				Outcome: Outcome(rapid.IntRange(int(Ready), int(Unresponsive)).Draw(t, "outcome")),
			}
		})
		probes := rapid.SliceOfN(probe, 0, 6).Draw(t, "probes")
		canUnlock := rapid.Bool().Draw(t, "canUnlock")
		known := rapid.SampledFrom(append(names(), "")).Draw(t, "known")
		chosen, _, err := Choose(Auto, known, probes, canUnlock)
		if (chosen == "") == (err == nil) {
			t.Fatalf("chose %q with error %v", chosen, err)
		}
		if chosen == "" {
			return
		}
		strength, knownStrength := slices.Index(autoOrder(), chosen), slices.Index(autoOrder(), known)
		if strength < 0 {
			t.Fatalf("auto chose %s", chosen)
		}
		if knownStrength >= 0 && strength > knownStrength {
			t.Fatalf("%s was chosen after %s had been used", chosen, known)
		}
		for _, p := range probes {
			if p.Store == chosen && usable(p, canUnlock) {
				break
			}
			passed := slices.Index(autoOrder(), p.Store)
			allowed := passed >= 0 && (knownStrength < 0 || passed <= knownStrength)
			if allowed && (p.Outcome == Declined || p.Outcome == Unresponsive) {
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
		{Probe{KernelName, Absent, "forbidden"}, "--store age"},
		{Probe{KernelName, Declined, "full"}, "kernel.keys.maxkeys"},
		{Probe{AgeName, Absent, "nobody to ask"}, "DXAUTH_PASSPHRASE_FILE"},
		{Probe{AgeName, Declined, "too open"}, "fix this"},
		{Probe{AgeName, Unresponsive, "locked"}, "try again"},
		{Probe{PlaintextName, Declined, "too open"}, "fix this"},
		{Probe{"helper:x", Absent, "not there"}, "install it"},
		{Probe{"helper:x", Declined, "failed"}, "try again"},
		{Probe{"helper:x", Unresponsive, "silent"}, "answer its prompt"},
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
