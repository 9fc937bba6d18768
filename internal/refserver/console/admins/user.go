package admins

import (
	"context"
	"errors"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
)

// userData is what the page of a user shows to administrators of the platform.
type userData struct {
	kit.Notes
	kit.Proof
	Path        string
	User        identity.User
	Name, State string
	Created     string
	TwoFactor   bool
	IsOwn       bool
	Activated   bool
	Waits       bool // the sign-up waits for approval
	Memberships []orgRow
	HasManyOrgs bool
	Identities  []identityRow
	Providers   kit.Choices
	Subject     string // in the form for another identity
}

// maxOrgsOfUser is how many orgs the page of a user lists.
const maxOrgsOfUser = 100

// user shows a user, with what an administrator of the platform can do.
func (p *Pages) user(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	p.showUser(w, r, v, nil)
}

func (p *Pages) showUser(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) {
	account, err := p.findAccount(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	n, status, ok := p.Noted(w, r, v, problem)
	if !ok {
		return
	}
	data := userData{
		Notes: n, Path: kit.PathUsers + "/" + account.ID, User: account.User, Name: nameOf(account.User), Created: kit.TimeText(account.Created),
		TwoFactor: account.TwoFactor, IsOwn: account.ID == v.Caller.User.ID, HasManyOrgs: len(account.Memberships) > maxOrgsOfUser,
		Activated: account.Activated, Providers: p.providerChoices(r.PostForm.Get("provider")), Subject: r.PostForm.Get("subject"),
	}
	if data.Waits, err = p.waits(r.Context(), v.Caller, account); err == nil {
		data.Identities, err = p.identitiesOf(r, v, account.ID)
	}
	if err == nil {
		data.Proof, err = p.RecentProof(r, v, "link")
	}
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	data.State = stateOf(account, data.Waits)
	for _, membership := range account.Memberships[:min(maxOrgsOfUser, len(account.Memberships))] {
		data.Memberships = append(data.Memberships, orgRow{Path: kit.PathOrgs + "/" + membership.OrgID, ID: membership.OrgID, Level: string(membership.Level)})
	}
	p.Show(w, r, v, status, "user", "User "+account.Handle, data)
}

// waits reports whether the sign-up of an account waits for approval. One whose code
// cannot be read is enabled without it.
func (p *Pages) waits(ctx context.Context, caller service.Caller, account service.Account) (bool, error) {
	if !account.Disabled {
		return false, nil
	}
	code, err := p.Service.ActivationCode(ctx, caller, account.ID)
	if errors.Is(err, identity.ErrUnreadableCodes) {
		return false, nil
	}
	return !code.IsZero(), err
}

// findAccount returns the account of the user in the path.
func (p *Pages) findAccount(r *http.Request, v browser.Visitor) (service.Account, error) {
	id, err := kit.UserIn(r)
	if err != nil {
		return service.Account{}, err
	}
	return p.Service.DescribeAccount(r.Context(), v.Caller, id)
}

// userAction is what an administrator of the platform can do with an account.
type userAction struct {
	path string // last part of the path of its form
	done string // word of the query for the page after it
	who  browser.Who

	asks func(user, back string) kit.Question
	do   func(ctx context.Context, caller service.Caller, userID string) error
}

// userActions are the actions. What gives access or removes a protection needs a recent
// sign-in.
func (p *Pages) userActions() []userAction {
	return []userAction{
		{"disable", "disabled", browser.SignedIn, disableQuestion, p.Service.DisableUser},
		{"enable", "enabled", browser.SignedInRecently, enableQuestion, p.Service.EnableUser},
		{"unlock", "unlocked", browser.SignedInRecently, unlockQuestion, p.Service.EndLock},
		{"approve", "approved", browser.SignedInRecently, approveQuestion, p.approve},
		{"reset-2fa", "factor-reset", browser.SignedInRecently, resetQuestion, p.resetFactor},
		{"verify-email", "verified", browser.SignedInRecently, verifyQuestion, p.linking.VerifyEmail},
	}
}

func disableQuestion(user, back string) kit.Question {
	return kit.Question{Title: "Disable the account " + user + "?", Text: "The user cannot sign in then. All sessions and API tokens of the account end.", Button: "Disable", Back: back}
}

func enableQuestion(user, back string) kit.Question {
	return kit.Question{Title: "Enable the account " + user + "?", Text: "The user can sign in again. Sessions and API tokens that have ended stay so.", Button: "Enable", Back: back}
}

func unlockQuestion(user, back string) kit.Question {
	return kit.Question{Title: "Unlock the account " + user + "?", Text: "A lock by an admin of its org ends, and so do the waits after wrong passwords and codes that hold everywhere. The waits of single networks expire.", Button: "Unlock", Back: back}
}

func approveQuestion(user, back string) kit.Question {
	return kit.Question{Title: "Approve the account " + user + "?", Text: "The user who signed up can sign in then.", Button: "Approve", Back: back}
}

func verifyQuestion(user, back string) kit.Question {
	return kit.Question{Title: "Note that the e-mail address is that of " + user + "?", Text: "Whoever signs in at an OpenID provider with this address can link that account to this one then. Do this only if you know that it is the user’s.", Button: "It is the user’s", Back: back}
}

// askAboutUser returns the page that asks before an action.
func (p *Pages) askAboutUser(action userAction) func(http.ResponseWriter, *http.Request, browser.Visitor) {
	return func(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
		account, err := p.findAccount(r, v)
		if err != nil {
			p.Browser.Refuse(w, r, v, err)
			return
		}
		p.Ask(w, r, v, action.asks(account.Handle, kit.PathUsers+"/"+account.ID))
	}
}

// changeUser returns the form of an action.
func (p *Pages) changeUser(action userAction) func(http.ResponseWriter, *http.Request, browser.Visitor) {
	return func(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
		id, err := kit.UserIn(r)
		if err == nil {
			err = action.do(r.Context(), v.Caller, id)
		}
		if err != nil {
			p.Browser.Refuse(w, r, v, err)
			return
		}
		p.Browser.Redirect(w, kit.PathUsers+"/"+id+"?done="+action.done)
	}
}

// errNotWaiting is returned for the approval of an account that does not wait for it.
var errNotWaiting = &refusal.Error{Code: refusal.Conflict, Message: "the account does not wait for approval"}

// approve lets a user who signed up in, with the activation code as the command does.
func (p *Pages) approve(ctx context.Context, caller service.Caller, userID string) error {
	code, err := p.Service.ActivationCode(ctx, caller, userID)
	if err == nil && code.IsZero() {
		err = errNotWaiting
	}
	if err != nil {
		return err
	}
	return p.Service.ApproveByCode(ctx, code, caller.Origin)
}

// resetFactor turns the second factor of a user off.
func (p *Pages) resetFactor(ctx context.Context, caller service.Caller, userID string) error {
	return p.Service.ResetSecondFactor(ctx, caller, service.FactorReset{UserID: userID})
}
