package credstore

import (
	"context"
	"errors"
	"strings"

	gokeyring "github.com/zalando/go-keyring"
)

// keyringError returns the typed error for an error of the keyring. before is the
// outcome of the preflight: if the keyring stays locked after a prompt, the user has
// declined.
func keyringError(err error, before Outcome) error {
	switch {
	case errors.Is(err, gokeyring.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, gokeyring.ErrSetDataTooBig):
		return ErrTooBig
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, errNoAnswer):
		return unavailable(keyringProbe(Unresponsive, silence(before)))
	case errors.Is(err, errBroken):
		return unavailable(keyringProbe(Unresponsive, "the connection to the keyring broke"))
	}
	found, known := classify(describe(err))
	if !known {
		return err
	}
	if found.Outcome == Locked && before == Locked {
		return unavailable(keyringProbe(Declined, "it stayed locked: the prompt was dismissed, or could not be shown"))
	}
	return unavailable(found)
}

func silence(before Outcome) string {
	if before == Locked {
		return "its prompt to unlock was not answered in time"
	}
	return "it did not answer in time"
}

// classify derives the outcome from the text of an error. go-keyring passes on no
// error codes, only texts, D-Bus error names and the exit status of macOS's security
// program.
func classify(text string) (Probe, bool) {
	rules := []struct {
		fragment string
		outcome  Outcome
		detail   string
	}{
		{`exec: "dbus-launch"`, Absent, "no D-Bus session bus is known"},
		{"determine address of session bus", Absent, "no D-Bus session bus is known"},
		{"invalid bus address", Absent, "the address of the D-Bus session bus is malformed"},
		{"dial unix", Absent, "the D-Bus session bus is not at its address"},
		{"was not provided by any .service files", Absent, "no keyring service is installed"},
		{"org.freedesktop.DBus.Error.ServiceUnknown", Absent, "no keyring service is installed"},
		{"org.freedesktop.DBus.Error.NameHasNoOwner", Absent, "no keyring service is running"},
		{"org.freedesktop.DBus.Error.Spawn", Absent, "the keyring service can't be started"},
		{"org.freedesktop.Secret.Error.NoSuchObject", Absent, "the keyring service has no default collection"},
		{"org.freedesktop.Secret.Error.IsLocked", Locked, "it has to be unlocked first"},
		{"failed to unlock correct collection", Locked, "it has to be unlocked first"},
		{"org.freedesktop.DBus.Error.AccessDenied", Declined, "the bus does not let this program talk to the keyring"},
		{"org.freedesktop.DBus.Error.NoReply", Unresponsive, "the keyring did not answer"},
		{"org.freedesktop.DBus.Error.Timeout", Unresponsive, "the keyring did not answer"},
		{"org.freedesktop.DBus.Error.TimedOut", Unresponsive, "the keyring service did not start in time"},

		{"/usr/bin/security: no such file", Absent, "macOS's security program is not here"},
		{"exit status 36", Locked, "the keychain is locked and can't ask in this session: run `security unlock-keychain`"},
		{"exit status 51", Declined, "the keychain did not accept the authorisation"},
		{"exit status 128", Declined, "the keychain's question was dismissed"},

		{"logon session does not exist", Absent, "this logon has no credential manager, as over SSH"},
		{"unsupported platform", Absent, "there is no keyring for this system"},
	}
	for _, rule := range rules {
		if strings.Contains(text, rule.fragment) {
			return keyringProbe(rule.outcome, rule.detail), true
		}
	}
	return Probe{}, false
}

func keyringProbe(outcome Outcome, detail string) Probe {
	return Probe{Store: KeyringName, Outcome: outcome, Detail: detail}
}
