package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// ProviderUser is what an OpenID provider said, verified, about a user who signed in
// there.
type ProviderUser struct {
	Issuer        string
	Subject       string
	Email         string
	EmailVerified bool   // the provider knows that the address is the user's
	HostedDomain  string // of an organization that manages the user's account there
	Username      string // suggestions for a new account
	First, Last   string
	Authenticated time.Time // when the user gave the provider a password; zero: not known
}

// ProviderRules say what a sign-in at a provider can lead to.
type ProviderRules struct {
	Title       string
	MailDomains []string // in lower case; none: any
	SignUp      bool     // a new user gets an account
	AutoLink    bool     // an account is linked without its password where the provider is responsible for the address

	// Factors is the server's mode of second factors.
	Factors FactorMode
}

// Refusals of a sign-in through a provider.
var (
	// ErrLinkPassword means that the account with this address can be linked after its
	// password was given once. Its detail is a LinkOffer.
	ErrLinkPassword = &refusal.Error{Code: refusal.Denied, Reason: refusal.LinkPassword, Message: "give the password of the account once to link it"}
	// ErrNotLinked means that no account is linked, and none can be made or linked.
	ErrNotLinked = &refusal.Error{Code: refusal.Denied, Reason: refusal.NotLinked, Message: "no account here is linked to this sign-in: ask the administrator of this server to link yours"}
	// ErrMailDomain means that the provider may sign in others only.
	ErrMailDomain = &refusal.Error{Code: refusal.Denied, Reason: refusal.MailDomain, Message: "this server does not accept accounts of this organization: sign in with the account of your own"}
	// ErrAccountBlocked means that an administrator disabled the account.
	ErrAccountBlocked = &refusal.Error{Code: refusal.Denied, Reason: refusal.AccountBlocked, Message: "the account is disabled: ask the administrator of this server"}
)

// LinkOffer is the detail of ErrLinkPassword.
type LinkOffer struct{ Username string }

// LinkPlan is what a sign-in through a provider leads to: the user of a linked identity,
// an account that is linked without its password, or a new one.
type LinkPlan struct {
	User      User
	IsLinked  bool // already
	IsNewUser bool
}

// PlanLink decides what a sign-in through a provider leads to. It changes nothing. The
// identity decides first; an address counts only if both sides know that it is the
// user's, because otherwise whoever registers it first would get the other's account. It
// returns ErrLinkPassword, ErrNotLinked, ErrMailDomain, ErrLinkFactor, ErrFactorFirst and
// ErrAccountBlocked.
func PlanLink(ctx context.Context, tx Tx, who ProviderUser, rules ProviderRules, now time.Time) (LinkPlan, error) {
	if !rules.Admits(who) {
		return LinkPlan{}, ErrMailDomain
	}
	linked, known, err := tx.LinkedIdentity(ctx, who.Issuer, who.Subject)
	if err != nil {
		return LinkPlan{}, err
	}
	if known {
		user, err := tx.UserByID(ctx, linked.UserID)
		if err == nil {
			err = RequireLinkable(ctx, tx, user, rules)
		}
		return LinkPlan{User: user, IsLinked: true}, err
	}
	if !who.EmailVerified || who.Email == "" {
		return planNewUser(ctx, tx, who, rules, now)
	}
	user, err := tx.UserByEmail(ctx, who.Email)
	if errors.Is(err, ErrNoUser) {
		return planNewUser(ctx, tx, who, rules, now)
	}
	if err != nil {
		return LinkPlan{}, err
	}
	return planSameAddress(ctx, tx, user, who, rules)
}

// planSameAddress decides about an account with the address of the provider's user.
func planSameAddress(ctx context.Context, tx Tx, user User, who ProviderUser, rules ProviderRules) (LinkPlan, error) {
	if !user.EmailVerified {
		return LinkPlan{}, ErrNotLinked
	}
	if err := RequireLinkable(ctx, tx, user, rules); err != nil {
		return LinkPlan{}, err
	}
	switch {
	case rules.AutoLink && rules.isResponsible(who):
		return LinkPlan{User: user}, nil
	case user.PasswordHash == "":
		return LinkPlan{}, ErrNotLinked
	default:
		return LinkPlan{}, ErrLinkPassword.With(LinkOffer{Username: user.Handle})
	}
}

// RequireLinkable returns ErrAccountBlocked, or ErrLinkFactor or ErrFactorFirst for an
// account whose second factor a sign-in through a provider would go around.
func RequireLinkable(ctx context.Context, tx Tx, user User, rules ProviderRules) error {
	switch {
	case user.Blocked():
		return ErrAccountBlocked
	case rules.Factors == FactorsEnforced && user.PasswordHash != "":
		return ErrFactorFirst
	}
	_, on, err := tx.SecondFactor(ctx, user.ID)
	if err == nil && on {
		err = ErrLinkFactor
	}
	return err
}

// planNewUser returns a new account, if the provider may make some.
func planNewUser(ctx context.Context, tx Tx, who ProviderUser, rules ProviderRules, now time.Time) (LinkPlan, error) {
	if !rules.SignUp {
		return LinkPlan{}, ErrNotLinked
	}
	handle, err := freeHandle(ctx, tx, who)
	if err != nil {
		return LinkPlan{}, err
	}
	draft := Draft{Username: handle, First: who.First, Last: who.Last}
	user, err := draft.Newcomer(now)
	if err != nil { // names of providers may have what ours must not have
		user, err = Draft{Username: handle}.Newcomer(now)
	}
	if who.EmailVerified && CheckNewEmail(who.Email) == nil {
		user.Email, user.EmailVerified = who.Email, true
	}
	return LinkPlan{User: user, IsNewUser: true}, err
}

// maxHandles is how many user names are tried for a new user.
const maxHandles = 100

// freeHandle returns a free user name, like the one at the provider.
func freeHandle(ctx context.Context, tx Tx, who ProviderUser) (string, error) {
	base := suggestedHandle(who)
	for number := 1; number <= maxHandles; number++ {
		handle := base
		if number > 1 {
			handle = fmt.Sprintf("%s%d", base, number)
		}
		if (Draft{Username: handle}).checkUsername() != nil {
			continue
		}
		_, err := tx.UserByID(ctx, UserID(handle))
		if errors.Is(err, ErrNoUser) {
			return handle, nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", ErrUsernameTaken
}

// suggestedHandle returns a user name of letters and digits: that at the provider, or
// the beginning of the address.
func suggestedHandle(who ProviderUser) string {
	name, _, _ := strings.Cut(who.Username, "@")
	if name == "" {
		name, _, _ = strings.Cut(who.Email, "@")
	}
	var handle strings.Builder
	for _, char := range strings.ToLower(name) {
		isLetter := 'a' <= char && char <= 'z'
		if isLetter || '0' <= char && char <= '9' && handle.Len() > 0 {
			handle.WriteRune(char)
		}
	}
	if handle.Len() < 3 {
		return "user"
	}
	return handle.String()[:min(handle.Len(), maxSuggested)]
}

// maxSuggested is the maximum length of a suggested user name.
const maxSuggested = 60

// Admits reports whether users of a provider may sign in: with mail domains, only those
// whose address or organization is in one, and the provider must know it.
func (r ProviderRules) Admits(who ProviderUser) bool {
	if len(r.MailDomains) == 0 {
		return true
	}
	return who.EmailVerified && slices.Contains(r.MailDomains, domainOf(who.Email))
}

// Google's issuer, and the domain whose addresses are its own.
const (
	googleIssuer = "https://accounts.google.com"
	googleDomain = "gmail.com"
)

// isResponsible reports whether a provider decides who has an address: Google for its
// own domain, and any provider for an organization that manages the account there and
// that the administrator listed. Other addresses may have belonged to somebody else when
// the provider looked.
func (r ProviderRules) isResponsible(who ProviderUser) bool {
	domain := domainOf(who.Email)
	if who.Issuer == googleIssuer && domain == googleDomain {
		return true
	}
	return who.HostedDomain != "" && strings.ToLower(who.HostedDomain) == domain && slices.Contains(r.MailDomains, domain)
}

// domainOf returns the domain of an address in lower case.
func domainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}

// ProviderSignIn is a sign-in at a provider that has not led to a session yet.
type ProviderSignIn struct {
	Hash     string // of its ticket, by HashProviderTicket
	Provider string // its name
	User     ProviderUser
	Made     time.Time
	Expires  time.Time
}

// providerSignInTime is how long the user may take to confirm a sign-in.
const providerSignInTime = 10 * time.Minute

// NewProviderSignIn returns what is stored under a ticket.
func NewProviderSignIn(ticket secret.Text, provider string, user ProviderUser, now time.Time) ProviderSignIn {
	return ProviderSignIn{Hash: HashProviderTicket(ticket), Provider: provider, User: user, Made: now, Expires: now.Add(providerSignInTime)}
}

// HashProviderTicket returns the hash under which a ticket is stored.
func HashProviderTicket(ticket secret.Text) string { return hashTicket(ticket) }

// FindProviderSignIn returns what is stored under a ticket. It returns ErrNoTicket if there
// is nothing, or if it was spent, has expired or belongs to another provider.
func FindProviderSignIn(ctx context.Context, tx Tx, ticket secret.Text, provider string, now time.Time) (ProviderSignIn, error) {
	found, known, err := tx.ProviderSignIn(ctx, HashProviderTicket(ticket))
	if err != nil {
		return ProviderSignIn{}, err
	}
	if valid := (clock.Span{Made: found.Made, Ends: found.Expires}); !known || found.Provider != provider || !valid.Contains(now) {
		return ProviderSignIn{}, ErrNoTicket
	}
	return found, nil
}

// SpendProviderSignIn returns ErrNoTicket if the sign-in was spent.
func SpendProviderSignIn(ctx context.Context, tx Tx, hash string) error {
	spent, err := tx.SpendProviderSignIn(ctx, hash)
	if err == nil && !spent {
		err = ErrNoTicket
	}
	return err
}
