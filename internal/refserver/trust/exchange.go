package trust

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// IDToken is a verified ID token.
type IDToken struct {
	Issuer  Issuer
	Token   secret.Text
	ID      string // its claim jti; empty: it has none
	Subject string
	Issued  time.Time
	Expires time.Time
	Claims  Claims
}

// Issuer is a CI system that the administrator of the server trusts to say who a job is.
type Issuer struct {
	Name string
	URL  string
	// Once means that it makes a token for each request, so that each can be exchanged
	// once. Otherwise a token is shared, and can be exchanged until it expires.
	Once bool
}

// maxExchanges is how often an ID token that is shared can be exchanged: by all commands of
// a job, or all pods of a service account.
const maxExchanges = 200

// Choice says which rule is meant, and how much of what it gives is wanted.
type Choice struct {
	OrgID  string                     // empty: any
	RuleID string                     // empty: any
	Levels map[string]directory.Level // by project; nil: all that the rule gives
}

// Draft is what an exchange gives.
type Draft struct {
	Rule    Rule
	Scope   access.Scope
	Expires time.Time
}

// maxCandidates is how many rules are compared with one ID token.
const maxCandidates = 100

// Exchange decides what an ID token gives, and spends it. It returns ErrNotTrusted,
// ErrUsed with the rule that the token matches, refusal.AmbiguousID if several rules match,
// and refusal.BeyondScope if more is wanted than the rule gives now.
func Exchange(ctx context.Context, tx Tx, token IDToken, choice Choice, now time.Time) (Draft, error) {
	rule, err := matching(ctx, tx, token, choice)
	if err != nil {
		return Draft{}, err
	}
	levels, err := rule.Levels(ctx, tx)
	if err != nil {
		return Draft{}, err
	}
	if levels, err = choice.narrow(levels); err != nil {
		return Draft{}, err
	}
	if err := spend(ctx, tx, token, now); err != nil {
		return Draft{Rule: rule}, err
	}
	return Draft{
		Rule:    rule,
		Scope:   access.Scope{Projects: levels, NoPHI: !rule.PHI, TrustRule: rule.ID},
		Expires: earlier(now.Add(rule.Lifetime), token.Expires),
	}, tx.NoteExchange(ctx, rule.ID, now)
}

// matching returns the one rule that an ID token matches.
func matching(ctx context.Context, tx Tx, token IDToken, choice Choice) (Rule, error) {
	candidates, err := tx.TrustRulesFor(ctx, Search{
		Issuer: token.Issuer.URL, Keys: token.Claims.Keys(), OrgID: choice.OrgID, Limit: maxCandidates,
	})
	if err != nil {
		return Rule{}, err
	}
	var found []Rule
	for _, rule := range candidates {
		if len(rule.Mismatches(token.Claims)) > 0 || choice.RuleID != "" && choice.RuleID != rule.ID || !rule.gives(choice.Levels) {
			continue
		}
		stands, err := tx.TrustRuleStands(ctx, rule.ID)
		if err != nil {
			return Rule{}, err
		}
		if stands {
			found = append(found, rule)
		}
	}
	switch len(found) {
	case 0:
		return Rule{}, ErrNotTrusted
	case 1:
		return found[0], nil
	default:
		return Rule{}, ambiguous(found)
	}
}

// gives reports whether the rule names all projects that are wanted.
func (r Rule) gives(levels map[string]directory.Level) bool {
	for id := range levels {
		if _, named := r.Projects[id]; !named {
			return false
		}
	}
	return true
}

// ambiguous is the refusal of an ID token that several rules match. Anybody can make an
// org and a rule about anybody's repository, so none of them is chosen.
func ambiguous(rules []Rule) error {
	const most = 5
	var names []string
	for _, rule := range rules[:min(most, len(rules))] {
		names = append(names, rule.ID+" of "+rule.OrgID)
	}
	return refusal.New(refusal.Invalid, "several trust rules match the ID token (%s): name the org or the rule", strings.Join(names, ", ")).
		Because(refusal.AmbiguousID)
}

// narrow returns the wanted part of what a rule gives.
func (c Choice) narrow(given map[string]directory.Level) (map[string]directory.Level, error) {
	if c.Levels == nil {
		if len(given) == 0 {
			return nil, refusal.New(refusal.Denied, "the trust rule reaches no project now: its maker and its user need access to projects that the org pays for").
				Because(refusal.NotTrusted)
		}
		return given, nil
	}
	for _, id := range slices.Sorted(maps.Keys(c.Levels)) {
		if c.Levels[id] > given[id] {
			return nil, refusal.New(refusal.Denied, "the trust rule gives %s on %s now, not %s", given[id], id, c.Levels[id]).
				Because(refusal.BeyondScope)
		}
	}
	return c.Levels, nil
}

// kept is how long the use of an ID token is remembered after it expired, so that a clock
// that is set back makes it no good again.
const kept = 24 * time.Hour

// forgotten is how many others are forgotten with each exchange, which is more than it adds.
const forgotten = 10

func spend(ctx context.Context, tx Tx, token IDToken, now time.Time) error {
	if err := tx.ForgetIDTokens(ctx, now.Add(-kept), forgotten); err != nil {
		return err
	}
	spending := Spending{Key: UseKey(token), Expires: token.Expires, Most: maxExchanges}
	if token.Issuer.Once {
		spending.Most = 1
		if err := checkRestored(ctx, tx, token); err != nil {
			return err
		}
	}
	good, err := tx.SpendIDToken(ctx, spending)
	if err == nil && !good {
		err = ErrUsed
	}
	return err
}

// skew is how far the clocks of an issuer and of the server may differ.
const skew = time.Minute

// checkRestored refuses an ID token that may have been used before the store was restored,
// which it would not know.
func checkRestored(ctx context.Context, tx Tx, token IDToken) error {
	restored, err := tx.Restored(ctx)
	if err != nil || restored.IsZero() || token.Issued.After(restored.Add(skew)) {
		return err
	}
	return ErrPerhapsUsed
}

// UseKey returns the key by which the use of an ID token is remembered: a hash of its
// issuer and its jti or, if it has none, of what is signed. The signature is left out,
// because others can change one without making it wrong (ECDSA).
func UseKey(token IDToken) string {
	kind, value := "jti", token.ID
	if value == "" {
		text := token.Token.Reveal()
		kind, value = "signed", text[:max(0, strings.LastIndexByte(text, '.'))]
	}
	sum := sha256.Sum256([]byte(kind + "\x00" + token.Issuer.URL + "\x00" + value))
	return hex.EncodeToString(sum[:])
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
