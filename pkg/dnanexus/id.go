package dnanexus

import (
	"regexp"
	"strings"
)

// Classes of the entities that this package knows.
const (
	ClassUser    = "user"
	ClassOrg     = "org"
	ClassProject = "project"
)

// Public is the pseudo-entity that stands for everybody in a project's
// permissions, and the token that dx sends when nobody is signed in.
const Public = "PUBLIC"

// IDAlphabet is what the platform makes the 24 characters of an entity ID of:
// digits and consonants that are not mistaken for each other.
const IDAlphabet = "0123456789BFGJKPQVXYZbfgjkpqvxyz"

// IDLength is the number of characters behind the class and the dash.
const IDLength = 24

// projectID accepts what dx accepts, which is wider than [IDAlphabet].
var projectID = regexp.MustCompile(`^project-[0-9A-Za-z]{24}$`)

// IsProjectID reports whether s has the form of a project's ID.
func IsProjectID(s string) bool { return projectID.MatchString(s) }

// ClassOf returns what stands before the first dash of an entity ID, or "" if
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
