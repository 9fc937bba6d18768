package outbox

import (
	"fmt"
	"strings"
	"time"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Addressee is an account that a letter is about. Its names are not in any letter: a
// stranger may have chosen them and the address.
type Addressee struct{ Handle, Email string }

// EmailCode returns the letter with a code that confirms the address of an account.
func (o *Outbox) EmailCode(to Addressee, code secret.Text, expires time.Time) Letter {
	where := "Enter it on the page My Profile, or on the command line:"
	if o.c.URL != "" {
		where = "Enter it at " + o.c.URL + o.c.ProfilePath + " or on the command line:"
	}
	return o.letter(to, EmailCode, "Confirm your e-mail address", expires,
		fmt.Sprintf("This address was entered for the account %s.", to.Handle),
		"If you did that, confirm it with this code:",
		"    "+code.Reveal(),
		where,
		"    dxauth account confirm-email",
		validUntil(expires),
		"If you did not, ignore this message.")
}

// Activation returns the letter with the code that sets the first password of an account.
func (o *Outbox) Activation(to Addressee, code secret.Text, expires time.Time) Letter {
	server, where := "URL", "Enter it on the page for activation codes, or on the command line:"
	if o.c.URL != "" {
		server, where = o.c.URL, "Enter it at "+o.c.URL+o.c.ActivationPath+" or on the command line:"
	}
	return o.letter(to, Activation, "Set the password of your account", expires,
		fmt.Sprintf("The account %s was made for you. It has no password yet. Set one with this code:", to.Handle),
		"    "+code.Reveal(),
		where,
		"    dxauth account activate --server "+server,
		validUntil(expires))
}

// SignUpCode returns the letter with the code that activates an account, which also
// shows that the address is its owner's.
func (o *Outbox) SignUpCode(to Addressee, code secret.Text, expires time.Time) Letter {
	where := "Enter it on the page where accounts are activated."
	if o.c.URL != "" {
		where = "Enter it at " + o.c.URL + o.c.SignUpPath
	}
	return o.letter(to, SignUpCode, "Activate your account", expires,
		fmt.Sprintf("An account %s was made with this address.", to.Handle),
		"If you made it, activate it with this code:",
		"    "+code.Reveal(),
		where,
		validUntil(expires)+" Then the account is removed.",
		"If you did not, ignore this message.")
}

// SignUpKnown returns the letter to the owner of an address with which somebody signed
// up once more.
func (o *Outbox) SignUpKnown(to Addressee) Letter {
	return o.letter(to, SignUpKnown, "You have an account already", time.Time{},
		fmt.Sprintf("A new account was asked for with this address, which belongs to the account %s.", to.Handle),
		"No account can be activated with it. If that was you, sign in with the account that you have.",
		"If it was not, ignore this message.")
}

// SignUpApproved returns the letter that says that an account can be used.
func (o *Outbox) SignUpApproved(to Addressee) Letter {
	return o.letter(to, SignUpApproved, "Your account is active", time.Time{},
		fmt.Sprintf("An administrator activated the account %s. You can sign in.", to.Handle))
}

// EmailChanged returns the letter to the address that an account had before.
func (o *Outbox) EmailChanged(to Addressee) Letter {
	return o.letter(to, EmailChanged, "Your e-mail address was changed", time.Time{},
		fmt.Sprintf("The account %s has another e-mail address now.", to.Handle),
		"If you did not change it, ask the administrator of the server at once.")
}

// PasswordChanged returns the letter that says that an account has another password.
func (o *Outbox) PasswordChanged(to Addressee) Letter {
	return o.letter(to, PasswordChanged, "Your password was changed", time.Time{},
		fmt.Sprintf("The account %s has another password now.", to.Handle),
		"If you did not change it, ask the administrator of the server at once.")
}

func validUntil(expires time.Time) string {
	return "It works once, until " + expires.UTC().Format("2006-01-02 15:04") + " UTC."
}

// letter returns a letter of paragraphs, which names the server.
func (o *Outbox) letter(to Addressee, kind Kind, subject string, expires time.Time, paragraphs ...string) Letter {
	server := o.c.Server
	if o.c.URL != "" {
		server += ", " + o.c.URL
	}
	text := strings.Join(append(paragraphs, "-- \n"+server), "\n\n") + "\n"
	return Letter{To: to.Email, Kind: kind, Subject: subject + " - " + o.c.Server, Text: secret.New(text), Expires: expires}
}
