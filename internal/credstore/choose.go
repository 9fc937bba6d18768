package credstore

import (
	"fmt"
	"slices"
	"strings"
)

// Auto is the name under which Choose and Open look for a store themselves.
const Auto = "auto"

// The names of the stores, as --store and DXAUTH_STORE take them.
const (
	KeyringName   = "keyring"
	PlaintextName = "plaintext"
)

// autoOrder lists the stores that Auto may choose, the best first. The plain
// file is not among them: nobody gets an unencrypted secret without asking.
func autoOrder() []string { return []string{KeyringName} }

// names lists every store.
func names() []string { return append(autoOrder(), PlaintextName) }

// Choose picks a store from what was found out about the stores, which are in
// order of preference. want is Auto or the name of one; canUnlock says whether
// a person is there, at a display, to answer a keyring's question.
//
// A store that is absent, or locked with nobody to unlock it, leaves the choice
// to the next one. A store that declined or didn't answer ends the choice:
// whoever can make a keyring hang must not thereby move the secret to a weaker
// place. A store asked for by name is taken or refused, never replaced.
//
// The reason is one sentence for a person. The error is an *UnavailableError,
// or says that want is unknown.
func Choose(want string, probes []Probe, canUnlock bool) (name, reason string, err error) {
	if err := checkWant(want); err != nil {
		return "", "", err
	}
	considered := candidates(want, probes)
	for i, probe := range considered {
		if usable(probe, canUnlock) {
			return probe.Store, explain(want, considered[:i+1]), nil
		}
		if !fallsThrough(probe) {
			return "", "", unavailable(considered[:i+1]...)
		}
	}
	return "", "", unavailable(considered...)
}

// candidates drops the probes that the wish leaves out.
func candidates(want string, probes []Probe) []Probe {
	allowed := wanted(want)
	var kept []Probe
	for _, probe := range probes {
		if slices.Contains(allowed, probe.Store) {
			kept = append(kept, probe)
		}
	}
	return kept
}

// wanted lists the stores that a wish allows, in order.
func wanted(want string) []string {
	if want == Auto {
		return autoOrder()
	}
	return []string{want}
}

func usable(p Probe, canUnlock bool) bool {
	return p.Outcome == Ready || p.Outcome == Locked && canUnlock
}

// fallsThrough reports whether a store that can't be used leaves the choice to
// the next one.
func fallsThrough(p Probe) bool {
	return p.Outcome == Absent || p.Outcome == Locked
}

// explain says why the last of the probed stores was chosen.
func explain(want string, considered []Probe) string {
	last := len(considered) - 1
	reason := considered[last].String()
	if want != Auto {
		return reason + " (asked for by name)"
	}
	for _, passed := range considered[:last] {
		reason += "; " + passed.String()
	}
	return reason
}

func checkWant(want string) error {
	if want == Auto || slices.Contains(names(), want) {
		return nil
	}
	return fmt.Errorf("unknown credential store %q: the known ones are %s, %s", want, Auto, strings.Join(names(), ", "))
}

// UnavailableError means that no store may be used. Its text says why, and what
// to do next.
type UnavailableError struct {
	Reasons []Probe // one for every store considered, in order
	Hint    string  // what to do next
}

// Error is the reasons and the hint in one line.
func (e *UnavailableError) Error() string {
	if len(e.Reasons) == 0 {
		return "no credential store was found; " + e.Hint
	}
	parts := make([]string, len(e.Reasons))
	for i, reason := range e.Reasons {
		parts[i] = reason.String()
	}
	return "credential store " + strings.Join(parts, "; ") + "; " + e.Hint
}

// unavailable makes the error of stores that can't be used; the last reason
// decides what to advise.
func unavailable(reasons ...Probe) *UnavailableError {
	var decisive Probe
	if len(reasons) > 0 {
		decisive = reasons[len(reasons)-1]
	} else {
		decisive = Probe{Outcome: Absent}
	}
	return &UnavailableError{Reasons: reasons, Hint: advice(decisive)}
}

// plaintextWay is the way out that every refusal of a better store names.
const plaintextWay = "or choose --store plaintext, which keeps the secret unencrypted in a file (unsafe)"

// advice is what a person can do about a store that can't be used.
func advice(p Probe) string {
	if p.Store == PlaintextName {
		return "put that right and try again, or choose another --store"
	}
	switch p.Outcome {
	case Locked:
		return "unlock the keyring and try again, from a terminal of the desktop session if it has to ask, " + plaintextWay
	case Declined:
		return "try again and allow the keyring to be used, " + plaintextWay
	case Unresponsive:
		return "answer the keyring's question if one is open, or restart the keyring service, and try again, " + plaintextWay
	default:
		return "install and start a keyring (gnome-keyring, KWallet, KeePassXC) in a D-Bus session, " + plaintextWay
	}
}
