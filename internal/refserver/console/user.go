package console

import (
	"context"
	"errors"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
)

// userData is what the page of a user shows to administrators of the platform.
type userData struct {
	notes
	proof
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
	Providers   []choice
	Subject     string // in the form for another identity
}

// maxOrgsOfUser is how many orgs the page of a user lists.
const maxOrgsOfUser = 100

// user shows a user, with what an administrator of the platform can do.
func (c *Console) user(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	c.showUser(w, r, v, nil)
}

func (c *Console) showUser(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) {
	account, err := c.findAccount(r, v)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	n, status, ok := c.noted(w, r, v, problem)
	if !ok {
		return
	}
	data := userData{
		notes: n, Path: pathUsers + "/" + account.ID, User: account.User, Name: nameOf(account.User), Created: timeText(account.Created),
		TwoFactor: account.TwoFactor, IsOwn: account.ID == v.Caller.User.ID, HasManyOrgs: len(account.Memberships) > maxOrgsOfUser,
		Activated: account.Activated, Providers: c.providerChoices(r.PostForm.Get("provider")), Subject: r.PostForm.Get("subject"),
	}
	if data.Waits, err = c.waits(r.Context(), v.Caller, account); err == nil {
		data.Identities, err = c.identitiesOf(r, v, account.ID)
	}
	if err == nil {
		data.proof, err = c.recentProof(r, v, "link")
	}
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	data.State = stateOf(account, data.Waits)
	for _, membership := range account.Memberships[:min(maxOrgsOfUser, len(account.Memberships))] {
		data.Memberships = append(data.Memberships, orgRow{Path: pathOrgs + "/" + membership.OrgID, ID: membership.OrgID, Level: string(membership.Level)})
	}
	c.show(w, r, v, status, "user", "User "+account.Handle, data)
}

// waits reports whether the sign-up of an account waits for approval. One whose code
// cannot be read is enabled without it.
func (c *Console) waits(ctx context.Context, caller service.Caller, account service.Account) (bool, error) {
	if !account.Disabled {
		return false, nil
	}
	code, err := c.service.ActivationCode(ctx, caller, account.ID)
	if errors.Is(err, identity.ErrUnreadableCodes) {
		return false, nil
	}
	return !code.IsZero(), err
}

// findAccount returns the account of the user in the path.
func (c *Console) findAccount(r *http.Request, v browser.Visitor) (service.Account, error) {
	id, err := userIn(r)
	if err != nil {
		return service.Account{}, err
	}
	return c.service.DescribeAccount(r.Context(), v.Caller, id)
}

// userAction is what an administrator of the platform can do with an account.
type userAction struct {
	path string // last part of the path of its form
	done string // word of the query for the page after it
	who  browser.Who

	asks func(user, back string) question
	do   func(ctx context.Context, caller service.Caller, userID string) error
}

// userActions are the actions. What gives access or removes a protection needs a recent
// sign-in.
func (c *Console) userActions() []userAction {
	return []userAction{
		{"disable", "disabled", browser.SignedIn, disableQuestion, c.service.DisableUser},
		{"enable", "enabled", browser.SignedInRecently, enableQuestion, c.service.EnableUser},
		{"unlock", "unlocked", browser.SignedInRecently, unlockQuestion, c.service.EndLock},
		{"approve", "approved", browser.SignedInRecently, approveQuestion, c.approve},
		{"reset-2fa", "factor-reset", browser.SignedInRecently, resetQuestion, c.resetFactor},
		{"verify-email", "verified", browser.SignedInRecently, verifyQuestion, c.linking.VerifyEmail},
	}
}

func disableQuestion(user, back string) question {
	return question{Title: "Disable the account " + user + "?", Text: "The user cannot sign in then. All sessions and API tokens of the account end.", Button: "Disable", Back: back}
}

func enableQuestion(user, back string) question {
	return question{Title: "Enable the account " + user + "?", Text: "The user can sign in again. Sessions and API tokens that have ended stay so.", Button: "Enable", Back: back}
}

func unlockQuestion(user, back string) question {
	return question{Title: "Unlock the account " + user + "?", Text: "A lock by an admin of its org ends, and so do the waits after wrong passwords and codes that hold everywhere. The waits of single networks expire.", Button: "Unlock", Back: back}
}

func approveQuestion(user, back string) question {
	return question{Title: "Approve the account " + user + "?", Text: "The user who signed up can sign in then.", Button: "Approve", Back: back}
}

func verifyQuestion(user, back string) question {
	return question{Title: "Note that the e-mail address is that of " + user + "?", Text: "Whoever signs in at an OpenID provider with this address can link that account to this one then. Do this only if you know that it is the user’s.", Button: "It is the user’s", Back: back}
}

// askAboutUser returns the page that asks before an action.
func (c *Console) askAboutUser(action userAction) func(http.ResponseWriter, *http.Request, browser.Visitor) {
	return func(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
		account, err := c.findAccount(r, v)
		if err != nil {
			c.pages.Refuse(w, r, v, err)
			return
		}
		c.ask(w, r, v, action.asks(account.Handle, pathUsers+"/"+account.ID))
	}
}

// changeUser returns the form of an action.
func (c *Console) changeUser(action userAction) func(http.ResponseWriter, *http.Request, browser.Visitor) {
	return func(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
		id, err := userIn(r)
		if err == nil {
			err = action.do(r.Context(), v.Caller, id)
		}
		if err != nil {
			c.pages.Refuse(w, r, v, err)
			return
		}
		c.pages.Redirect(w, pathUsers+"/"+id+"?done="+action.done)
	}
}

// errNotWaiting is returned for the approval of an account that does not wait for it.
var errNotWaiting = &refusal.Error{Code: refusal.Conflict, Message: "the account does not wait for approval"}

// approve lets a user who signed up in, with the activation code as the command does.
func (c *Console) approve(ctx context.Context, caller service.Caller, userID string) error {
	code, err := c.service.ActivationCode(ctx, caller, userID)
	if err == nil && code.IsZero() {
		err = errNotWaiting
	}
	if err != nil {
		return err
	}
	return c.service.ApproveByCode(ctx, code, caller.Origin)
}

// resetFactor turns the second factor of a user off.
func (c *Console) resetFactor(ctx context.Context, caller service.Caller, userID string) error {
	return c.service.ResetSecondFactor(ctx, caller, service.FactorReset{UserID: userID})
}
