package credstore

import (
	"fmt"
	"slices"
	"strings"
)

// Auto makes Choose and Open select a store.
const Auto = "auto"

// The names of the stores, as --store and DXAUTH_STORE take them.
const (
	KeyringName   = "keyring"
	KernelName    = "kernel"
	AgeName       = "age"
	PlaintextName = "plaintext"
	// HelperPrefix stands before the name of a docker credential helper.
	HelperPrefix = "helper:"
)

// autoOrder lists the stores that Auto may choose, the best first. It does not include
// the plaintext file, which users must ask for, nor helpers, because nothing is known
// about how well they protect a secret.
func autoOrder() []string { return []string{KeyringName, KernelName, AgeName} }

// names lists every store that has a fixed name.
func names() []string { return append(autoOrder(), PlaintextName) }

// Choose selects a store by the probes, which are in order of preference. want is Auto
// or the name of a store; known is the store that the account had before, or "";
// canUnlock says whether a user can answer a keyring's prompt.
//
// If a store is absent, or locked and can't be unlocked, the next one is considered.
// A store that declined or did not respond ends the choice: an attacker who can make
// a keyring hang must not be able to move the secret to a weaker store. For the same
// reason no store after the known one is chosen, even if the known one is gone. A
// store that was asked for by name is used or refused, never replaced.
//
// The reason is one clause for the user, which begins with the name. The error is an *UnavailableError, or says
// that want is unknown.
func Choose(want, known string, probes []Probe, canUnlock bool) (name, reason string, err error) {
	if err := CheckName(want); err != nil {
		return "", "", err
	}
	considered := candidates(wanted(want, known), probes)
	for i, probe := range considered {
		if usable(probe, canUnlock) {
			return probe.Store, explain(want, considered[:i+1]), nil
		}
		if !fallsThrough(probe) {
			return "", "", refusal(want, known, considered[:i+1])
		}
	}
	return "", "", refusal(want, known, considered)
}

// candidates drops the probes of stores that are not allowed.
func candidates(allowed []string, probes []Probe) []Probe {
	var kept []Probe
	for _, probe := range probes {
		if slices.Contains(allowed, probe.Store) {
			kept = append(kept, probe)
		}
	}
	return kept
}

// wanted lists the stores that may be chosen, in order.
func wanted(want, known string) []string {
	if want != Auto {
		return []string{want}
	}
	order := autoOrder()
	return order[:worst(order, known)+1]
}

// worst returns the index of the last store in the order that is not weaker than the
// known one. How well a helper protects is not known, so only the best store is
// certainly not weaker.
func worst(order []string, known string) int {
	if isHelper(known) {
		return 0
	}
	if i := slices.Index(order, known); i >= 0 {
		return i
	}
	return len(order) - 1
}

// refusal is the error of a choice that ended with nothing.
func refusal(want, known string, considered []Probe) error {
	refused := unavailable(considered...)
	switch {
	case want != Auto:
	case isHelper(known):
		refused.Hint = "this account's credential was in the store " + known + " before: choose it again with --store, or " + refused.Hint
	case slices.Contains(autoOrder(), known):
		refused.Hint = "this account's credential was in the store " + known +
			" before, so that a weaker one is only taken by its name (--store NAME); " + refused.Hint
	}
	return refused
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
	if chosen := considered[last]; chosen.Outcome == Ready {
		reason = chosen.Store + ": " + chosen.Detail
	}
	if want != Auto {
		return reason + " (asked for by name)"
	}
	for _, passed := range considered[:last] {
		reason += "; " + passed.String()
	}
	return reason
}

func isHelper(store string) bool { return strings.HasPrefix(store, HelperPrefix) }

// CheckName returns an error if there can be no store of this name, which may be Auto.
func CheckName(want string) error {
	if want == Auto || slices.Contains(names(), want) {
		return nil
	}
	if isHelper(want) {
		return checkHelperName(want)
	}
	return unknownStore(want, append([]string{Auto}, names()...))
}

// Names lists what [CheckName] accepts, with the beginning of those of helpers.
func Names() []string { return slices.Concat([]string{Auto}, names(), []string{HelperPrefix}) }

func unknownStore(name string, known []string) error {
	return fmt.Errorf("unknown credential store %q: the known ones are %s, %sNAME", name, strings.Join(known, ", "), HelperPrefix)
}
