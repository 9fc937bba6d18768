// Package quota lists how much one user, project or org can have.
//
// It promises that every limit is in one table, with the reason for its number, and
// that all of them are refused alike: with the reason refusal.LimitReached and words
// that name the limit and say what to do. Packages directory and access compare what
// is there in the transaction that adds to it, so that two requests at once cannot both
// get the last place.
//
// A limit counts what a user made, never what others made for the user: otherwise anyone
// could use up what is left of another user. The fixture of a server comes from its
// administrator and may exceed every limit; then nothing can be added, and all the rest
// works.
package quota

import (
	"fmt"
	"strconv"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Limit is one of the limits.
type Limit int

// The limits that refuse what exceeds them.
const (
	Projects        Limit = iota // that one user or org pays for
	Folders                      // of a project
	FoldersOfPayer               // of all projects that one user or org pays for
	FolderDepth                  // folders in each other
	FoldersMoved                 // by one rename
	Tags                         // of a project
	Properties                   // of a project
	LabelBytes                   // of the tags and properties of a project
	Permissions                  // on a project
	Tokens                       // API tokens of a user that have not ended
	Orgs                         // that a user created
	AcceptedOrgs                 // that a user accepted
	Members                      // of an org
	MembersAtOnce                // named in one request
	Accounts                     // that an admin of an org created
	TrustRules                   // of an org
	numberOfRefused              // keep last
)

// Limits of what is forgotten or ended, the oldest first, when there is more.
const (
	// Sessions is how many sessions a user has. A sign-in beyond it ends the session
	// that was not used for the longest time, as GitLab and Keycloak do: whoever knows
	// the password must be able to sign in, whatever programs left behind. It is the
	// number of sessions that a list shows.
	Sessions = 1000
	// EndedTokens is how many sessions and tokens that have ended are kept for a user
	// to say why they did: a program may sign in and out all day.
	EndedTokens = 1000
	// TokenSources is how many networks are kept for a token: a client can choose
	// among many addresses.
	TokenSources = 100
)

// row says how many there can be, and what to say when they are there.
type row struct {
	max  int
	full string // %s is the number
}

// table has the row of each limit. Sizes of a row in the store are with its indexes.
var table = [numberOfRefused]row{
	// A project is a row of up to 250 KB, with labels and permissions.
	Projects: {10_000, "The payer has %s projects, the most allowed; destroy projects first, or let an org pay"},
	// A folder is a row of up to 2 KB. Listing 10,000 of them takes 30 ms.
	Folders: {10_000, "The project has %s folders, the most allowed; remove folders first"},
	// Ten full projects. Without it, all projects of a payer could be full.
	FoldersOfPayer: {100_000, "The projects of the payer have %s folders, the most allowed; remove folders first"},
	// A path of 1,024 bytes has room for 512 folders, which one request could create.
	FolderDepth: {64, "Folders can be nested %s deep at most; choose a shorter path"},
	// The depth and the length of their paths are checked in the transaction of the rename.
	// Only a fixture has so many folders.
	FoldersMoved: {10_000, "A folder with more than %s folders in it can't be renamed; rename the folders in it"},
	// A change of one tag compares all of them.
	Tags:       {1_000, "A project can have %s tags at most; remove tags first"},
	Properties: {1_000, "A project can have %s properties at most; remove properties first"},
	// As much as one request can send.
	LabelBytes: {64 << 10, "The tags and properties of a project can have %s bytes at most; remove some first"},
	// Each request to a project reads all of its permissions.
	Permissions: {1_000, "The project has permissions for %s users and orgs, the most allowed; remove permissions first, or give one to an org"},
	// As many as a list shows.
	Tokens: {1_000, "The user has %s API tokens, the most allowed; revoke tokens first"},
	// Every org has a quota of its own for projects and members.
	Orgs: {100, "You created %s orgs, the most allowed; use one of them"},
	// Each request reads the idle limits of all of them.
	AcceptedOrgs: {1_000, "You accepted %s orgs, the most allowed; leave orgs first"},
	// Counting them takes 1 ms.
	Members: {10_000, "The org has %s members, the most allowed; remove members first"},
	// Each is a row that is read and written in one transaction.
	MembersAtOnce: {1_000, "One request can change %s members at most; send several"},
	// An org that is licensed to create accounts is trusted more than a user.
	Accounts: {10_000, "You created %s accounts, the most allowed; ask an administrator of the platform to create more"},
	// An ID token is compared with as many rules at most.
	TrustRules: {100, "The org has %s trust rules, the most allowed; remove rules first"},
}

// All returns the limits that refuse.
func All() []Limit {
	all := make([]Limit, numberOfRefused)
	for i := range all {
		all[i] = Limit(i)
	}
	return all
}

// Max returns the greatest number that is allowed.
func (l Limit) Max() int { return table[l].max }

// Check returns the refusal of the limit if there are more than allowed.
func (l Limit) Check(number int) error {
	if number <= l.Max() {
		return nil
	}
	return l.Reached()
}

// Reached returns the refusal of the limit.
func (l Limit) Reached() *refusal.Error {
	return refusal.New(refusal.Conflict, table[l].full, grouped(l.Max())).Because(refusal.LimitReached)
}

// grouped returns a number with a comma between the thousands.
func grouped(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}
