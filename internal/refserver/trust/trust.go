// Package trust holds the rules by which an org lets the jobs of a CI system act without
// a stored secret: an ID token of a trusted issuer, whose claims a rule of the org asks
// for, is exchanged for an API token of an hour at most.
//
// It promises that nothing is trusted unless a rule says so, and that a rule compares
// every claim exactly or by a pattern that never crosses a slash or a colon; that such a
// token reaches only projects that the rule names and its org pays for, at no more than
// the level that the maker of the rule and its user both have at that moment; that a rule
// whose maker is no longer an admin of the org does nothing; and that an ID token of an
// issuer that makes one for each request is exchanged once.
//
// It knows neither HTTP nor SQL nor how an ID token is verified; time and randomness are
// passed in.
package trust

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Refusals of trust rules and exchanges, besides refusal.WrongInput.
const wrongUser = "must be yourself, or an account that the org made"

var (
	// ErrNoRule is returned for an ID that no rule of the org has.
	ErrNoRule = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoTrustRule, Message: "the org has no such trust rule"}
	// ErrWrongUser is returned for a rule with another user, or with one that does not exist.
	ErrWrongUser = &refusal.Error{
		Code: refusal.Invalid, Reason: refusal.WrongInput, Message: "user: " + wrongUser, Details: refusal.Input{Key: "user", Problem: wrongUser},
	}
	// ErrNotTrusted is returned for a valid ID token that no rule matches.
	ErrNotTrusted = &refusal.Error{Code: refusal.Denied, Reason: refusal.NotTrusted, Message: "no trust rule matches the ID token"}
	// ErrUsed is returned for an ID token that was exchanged as often as its issuer's
	// tokens may be.
	ErrUsed = &refusal.Error{Code: refusal.WrongCredentials, Reason: refusal.UsedIDToken, Message: "the ID token was already used"}
	// ErrPerhapsUsed is an ErrUsed for an ID token that is older than the last restore of
	// the store: what was used before that is not known.
	ErrPerhapsUsed = &refusal.Error{
		Code: refusal.WrongCredentials, Reason: refusal.UsedIDToken,
		Message: "the ID token may have been used before the server's store was restored: order a new one, or run the job again",
	}
)

// Rule says which jobs get a token of which user.
type Rule struct {
	ID       string
	OrgID    string
	Issuer   string                     // its URL, exactly as in its tokens
	Claims   map[string]string          // what the claims of a token must be, or patterns
	UserID   string                     // whose token a job gets: the maker, or an account that the org made
	Projects map[string]directory.Level // by ID
	PHI      bool                       // includes the data of PHI projects
	Lifetime time.Duration              // of a token
	Maker    string                     // ID of the admin who made the rule
	Created  time.Time
	LastUsed time.Time // zero: never
	Uses     int64
}

// Size returns the bytes of the texts of a rule.
func (r Rule) Size() int {
	size := len(r.Issuer)
	for name, want := range r.Claims {
		size += len(name) + len(want)
	}
	for project := range r.Projects {
		size += len(project)
	}
	return size
}

// Search selects rules of all orgs for one ID token.
type Search struct {
	Issuer string
	Keys   []string // of the token's claims: a rule has one of them as its Key
	OrgID  string   // empty: any
	Limit  int
}

// Spending counts an exchange of an ID token.
type Spending struct {
	Key     string    // from UseKey
	Expires time.Time // of the ID token
	Most    int       // exchanges of it in all
}

// Tx is what this package needs of a transaction.
type Tx interface {
	// InsertTrustRule stores a rule. It returns directory.ErrIDTaken if the ID is taken.
	InsertTrustRule(ctx context.Context, rule Rule) error
	// TrustRule returns ErrNoRule if no rule has the ID.
	TrustRule(ctx context.Context, id string) (Rule, error)
	// TrustRulesOf lists at most limit of an org's rules, the oldest first.
	TrustRulesOf(ctx context.Context, orgID string, limit int) ([]Rule, error)
	// TrustRulesFor lists rules that a search selects, in the order of their IDs.
	TrustRulesFor(ctx context.Context, search Search) ([]Rule, error)
	// TrustRuleStands reports whether a rule exists, its maker is an admin of its org and
	// can sign in, and its user is the maker or an account that the org made.
	TrustRuleStands(ctx context.Context, id string) (bool, error)
	// RemoveTrustRule reports whether the org had the rule.
	RemoveTrustRule(ctx context.Context, orgID, id string) (bool, error)
	// NoteExchange counts a use of a rule.
	NoteExchange(ctx context.Context, id string, at time.Time) error
	// SpendIDToken counts an exchange, and reports whether it is not one too many.
	SpendIDToken(ctx context.Context, spending Spending) (bool, error)
	// Restored returns when the store was at an earlier time last; zero: never.
	Restored(ctx context.Context) (time.Time, error)
	// ForgetIDTokens drops at most count of those that expired before a time.
	ForgetIDTokens(ctx context.Context, before time.Time, count int) error

	// ProjectByID returns directory.ErrNoProject for an unknown ID.
	ProjectByID(ctx context.Context, id string) (directory.Project, error)
	// Permissions lists all permissions on a project, by grantee.
	Permissions(ctx context.Context, projectID string) (map[string]directory.Level, error)
	// MembershipsOn lists those of a user in orgs that have a permission on a project.
	MembershipsOn(ctx context.Context, projectID, userID string) ([]directory.Membership, error)
	// Member returns directory.ErrNoMember if the user is not a member of the org.
	Member(ctx context.Context, orgID, userID string) (directory.Membership, error)
}
