package platform

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// AccountDraft asks for an account.
type AccountDraft struct {
	Name                string // to sign in with
	Email               string
	First, Middle, Last string
	Org                 string        // ID of the org that answers for it; empty: none
	BillTo              string        // ID of the org that pays; empty: the user
	CodeLifetime        time.Duration // of the activation code; 0: the server's default
}

// Activation lets somebody set the first password of an account, once.
type Activation struct {
	Code    secret.Text
	Expires time.Time
}

// Account is an account as an administrator sees it.
type Account struct {
	ID                  string
	Name                string
	Email               string
	First, Middle, Last string
	Created             time.Time
	Superuser           bool
	Disabled            bool
	Locked              bool
	Activated           bool
	SSO                 bool
	TwoFactor           bool
	ProvisioningOrg     string // empty: none
	BillTo              string
	Orgs                map[string]string // ID to MEMBER or ADMIN
}

// Accounts is what administrators of the platform do to accounts; a user is named
// by name, ID or e-mail address. To others its calls are refused.
type Accounts interface {
	// NewAccount may also be called by an admin of the draft's org.
	NewAccount(ctx context.Context, draft AccountDraft) (Activation, error)
	// NewActivation makes another code for an account without a password.
	NewActivation(ctx context.Context, user string) (Activation, error)
	// ListAccounts returns a page and the cursor of the next one, which is nil at
	// the end.
	ListAccounts(ctx context.Context, cursor json.RawMessage) (page []Account, next json.RawMessage, err error)
	// Account answers ErrNotFound, and so do the others.
	Account(ctx context.Context, user string) (Account, error)
	DisableAccount(ctx context.Context, user string) error
	EnableAccount(ctx context.Context, user string) error
	UnlockAccount(ctx context.Context, user string) error
	// ResetTwoFactor may also be called by an admin of the reset's org, who can't
	// name the user by e-mail address.
	ResetTwoFactor(ctx context.Context, reset TwoFactorReset) error
}

// TwoFactorReset says whose second factor is taken off.
type TwoFactorReset struct {
	User         string
	Org          string // by handle or ID; empty: for the platform
	RevokeTokens bool   // API tokens, too
}

// Entrance is for those who have a code and no password yet. It needs no token.
// Its calls answer ErrEntryCode.
type Entrance interface {
	// Bootstrap makes the first administrator of an empty server.
	Bootstrap(ctx context.Context, code, password secret.Text, draft AccountDraft) (User, error)
	// Activate sets the first password of an account.
	Activate(ctx context.Context, code, password secret.Text) (User, error)
}

var (
	_ Accounts = DNAnexus{}
	_ Entrance = DNAnexus{}
)

// NewAccount implements Accounts.
func (d DNAnexus) NewAccount(ctx context.Context, draft AccountDraft) (Activation, error) {
	answer, err := d.client.NewUser(ctx, dnanexus.NewUserRequest{
		Username: draft.Name, Email: draft.Email, First: draft.First, Middle: draft.Middle, Last: draft.Last,
		BillTo: draft.BillTo, ProvisioningOrg: draft.Org, TokenDuration: draft.CodeLifetime.Milliseconds(),
	})
	return activationOf(answer), explain(err)
}

// activationOf reads the code, which the platform itself sends by e-mail.
func activationOf(answer dnanexus.NewUserResponse) Activation {
	return Activation{Code: answer.ActivationCode.Text(), Expires: timeOfMillis(answer.ActivationExpires)}
}

// NewActivation implements Accounts.
func (d DNAnexus) NewActivation(ctx context.Context, user string) (Activation, error) {
	answer, err := d.client.ResendActivation(ctx, user)
	return activationOf(answer), explain(err)
}

// ListAccounts implements Accounts.
func (d DNAnexus) ListAccounts(ctx context.Context, cursor json.RawMessage) ([]Account, json.RawMessage, error) {
	answer, err := d.client.FindUsers(ctx, dnanexus.FindUsersRequest{Starting: cursor})
	if err != nil {
		return nil, nil, explain(err)
	}
	page := make([]Account, 0, len(answer.Results))
	for _, user := range answer.Results {
		page = append(page, accountOf(user))
	}
	return page, cursorOf(answer.Next), nil
}

func accountOf(user dnanexus.AdminUser) Account {
	account := Account{
		ID: user.ID, Name: user.Username, Email: user.Email, First: user.First, Middle: user.Middle, Last: user.Last,
		Created: timeOfMillis(user.Created), Superuser: user.Superuser, Disabled: user.Disabled, Locked: user.Locked,
		Activated: user.Activated, SSO: user.SSO, TwoFactor: user.TwoFactor, BillTo: user.BillTo, Orgs: map[string]string{},
	}
	if user.ProvisioningOrg != nil {
		account.ProvisioningOrg = *user.ProvisioningOrg
	}
	for _, org := range user.Orgs {
		account.Orgs[org.ID] = string(org.Level)
	}
	return account
}

// Account implements Accounts.
func (d DNAnexus) Account(ctx context.Context, user string) (Account, error) {
	answer, err := d.client.AdminUser(ctx, user)
	return accountOf(answer), explain(err)
}

// DisableAccount implements Accounts.
func (d DNAnexus) DisableAccount(ctx context.Context, user string) error {
	return explain(d.client.DisableUser(ctx, user))
}

// EnableAccount implements Accounts.
func (d DNAnexus) EnableAccount(ctx context.Context, user string) error {
	return explain(d.client.EnableUser(ctx, user))
}

// UnlockAccount implements Accounts.
func (d DNAnexus) UnlockAccount(ctx context.Context, user string) error {
	return explain(d.client.AdminUnlockUser(ctx, user))
}

// ResetTwoFactor implements Accounts.
func (d DNAnexus) ResetTwoFactor(ctx context.Context, reset TwoFactorReset) error {
	id, err := d.userID(ctx, reset.User)
	if err != nil {
		return err
	}
	request := dnanexus.ResetUserMFARequest{UserID: id, RevokeChildTokens: reset.RevokeTokens}
	if reset.Org != "" {
		request.OrgID = OrgID(reset.Org)
	}
	_, err = d.client.ResetUserMFA(ctx, request)
	return explain(err)
}

// userID returns the ID of a user named by name, ID or e-mail address. Only the
// last takes a look at the platform.
func (d DNAnexus) userID(ctx context.Context, name string) (string, error) {
	if strings.Contains(name, "@") {
		account, err := d.Account(ctx, name)
		return account.ID, err
	}
	return "user-" + strings.TrimPrefix(strings.ToLower(name), "user-"), nil
}

// Bootstrap implements Entrance.
func (d DNAnexus) Bootstrap(ctx context.Context, code, password secret.Text, draft AccountDraft) (User, error) {
	made, err := d.client.Bootstrap(ctx, dnanexus.BootstrapRequest{
		Code: code.OnWire(), Password: password.OnWire(),
		Username: draft.Name, Email: draft.Email, First: draft.First, Last: draft.Last,
	})
	return User{ID: made.ID, Name: made.Username}, offered(explain(err))
}

// Activate implements Entrance.
func (d DNAnexus) Activate(ctx context.Context, code, password secret.Text) (User, error) {
	request := dnanexus.ActivateUserRequest{Code: code.OnWire(), Password: password.OnWire()}
	user, err := d.client.ActivateUser(ctx, request)
	return User{ID: user.ID, Name: user.Username}, offered(explain(err))
}

// OrgID is the ID of an org that is named by ID or handle.
func OrgID(name string) string {
	if strings.HasPrefix(name, dnanexus.ClassOrg+"-") {
		return name
	}
	return dnanexus.ClassOrg + "-" + strings.ToLower(name)
}
