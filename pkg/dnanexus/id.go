package dnanexus

import "strings"

// Classes of the entities that this package knows.
const (
	ClassUser    = "user"
	ClassOrg     = "org"
	ClassProject = "project"
)

// Public is the pseudo-entity for all users in a project's permissions, and the
// token that dx sends without a login.
const Public = "PUBLIC"

// IDAlphabet is what the platform makes the 24 characters of an entity ID of:
// digits and consonants that are not mistaken for each other.
const IDAlphabet = "0123456789BFGJKPQVXYZbfgjkpqvxyz"

// IDLength is the number of characters behind the class and the dash.
const IDLength = 24

// Forms are checked by hand: a pattern with a count takes long to compile, and
// that at every start of a program.

// IsProjectID reports whether s has the form of a project's ID. It accepts what
// dx accepts, which is wider than [IDAlphabet].
func IsProjectID(s string) bool {
	id, found := strings.CutPrefix(s, ClassProject+"-")
	return found && len(id) == IDLength && strings.Trim(id, digits+letters) == ""
}

// SignatureLength is the number of digits of a token's [Signature].
const SignatureLength = 64

// IsSignature reports whether s has the form of a token's [Signature].
func IsSignature(s string) bool { return BeginsSignature(s, SignatureLength) }

// BeginsSignature reports whether a [Signature] can begin with s, which has to
// have some digits at least.
func BeginsSignature(s string, least int) bool {
	return least <= len(s) && len(s) <= SignatureLength && strings.Trim(s, digits+"abcdef") == ""
}

const (
	digits  = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// ClassOf returns what is before the first dash of an entity ID, or "" if
// s has none.
func ClassOf(s string) string {
	class, _, found := strings.Cut(s, "-")
	if !found {
		return ""
	}
	return class
}

// UserID returns the ID that the platform derives from a user name: the
// handle keeps its case, the ID does not.
func UserID(username string) string { return ClassUser + "-" + strings.ToLower(username) }
