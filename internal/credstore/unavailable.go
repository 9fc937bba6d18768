package credstore

import "strings"

// UnavailableError means that no store can be used. Its text says why, and what to do.
type UnavailableError struct {
	Reasons []Probe // one for every store considered, in order
	Hint    string  // what to do next
}

// Error returns the reasons and the hint in one line.
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

// unavailable returns the error for stores that can't be used. The hint depends on the
// last reason.
func unavailable(reasons ...Probe) *UnavailableError {
	decisive := Probe{Store: KeyringName, Outcome: Absent}
	if len(reasons) > 0 {
		decisive = reasons[len(reasons)-1]
	}
	return &UnavailableError{Reasons: reasons, Hint: advice(decisive)}
}

const (
	// plaintextWay is the last resort that every hint for a better store mentions.
	plaintextWay = "or choose --store plaintext, which keeps the secret unencrypted in a file (unsafe)"

	keyringWay = "install and start a keyring (gnome-keyring, KWallet, KeePassXC) in a D-Bus session"
	ageWay     = "for the store age, run this at a terminal or name a file with its passphrase in DXAUTH_PASSPHRASE_FILE"
)

// advice returns what the user can do about a store that can't be used.
func advice(p Probe) string {
	switch p.Detail {
	case notInSandbox:
		return "choose --store plaintext or --store age, whose files are in the sandbox's folder"
	case foreignBus():
		return "then try again, " + plaintextWay
	}
	switch p.Store {
	case KeyringName:
		return keyringAdvice(p.Outcome)
	case KernelName:
		return kernelAdvice(p.Outcome)
	case AgeName:
		return ageAdvice(p.Outcome)
	}
	if isHelper(p.Store) {
		return helperAdvice(p.Outcome)
	}
	return "fix this and try again, or choose another --store"
}

func keyringAdvice(outcome Outcome) string {
	switch outcome {
	case Locked:
		return "unlock the keyring and try again, from a terminal of the desktop session if it has to ask, " + plaintextWay
	case Declined:
		return "try again and allow the keyring to be used, " + plaintextWay
	case Unresponsive:
		return "answer the keyring's prompt if one is open, or restart the keyring service, and try again, " + plaintextWay
	default:
		return keyringWay + ", " + plaintextWay
	}
}

func kernelAdvice(outcome Outcome) string {
	const instead = "choose --store age, which encrypts a file with a passphrase"
	if outcome == Absent {
		return instead + ", " + plaintextWay
	}
	return "remove unused keys (keyctl show @u) or raise kernel.keys.maxkeys and maxbytes, and try again, or " + instead
}

func ageAdvice(outcome Outcome) string {
	switch outcome {
	case Absent:
		return ageWay + ", or " + keyringWay + ", " + plaintextWay
	case Unresponsive:
		return "wait for it and try again"
	default:
		return "fix this and try again, or choose another --store"
	}
}

func helperAdvice(outcome Outcome) string {
	switch outcome {
	case Absent:
		return "install it, or choose another --store"
	case Unresponsive:
		return "answer its prompt if one is open, and try again, or choose another --store"
	default:
		return "check its messages, and try again, or choose another --store"
	}
}
