package dnanexus

import (
	"fmt"
	"log/slog"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Routes of the auth server that make accounts. dx calls the first; the second is
// known from precisionFDA, and so are /user-xxxx/lockUserAccount,
// /user-xxxx/unlockUserAccount, /user-xxxx/updateEmail and /user-xxxx/resetUserMFA.
const (
	RouteNewUser              = "/user/new"
	RouteResendActivationMail = "/account/resendActivationEmail"
)

// States of a new account.
const (
	StatusEmailValidationRequired = "EmailValidationRequired" // it needs its first password
	StatusApprovalRequired        = "ApprovalRequired"
)

// MaxTokenDuration is the greatest TokenDuration, 30 days in ms.
const MaxTokenDuration = 30 * 24 * 60 * 60 * 1000

// NewUserRequest makes an account, as "dx new user" does: without a password.
// The ID is user- and the user name in lower case. What is wrong with it is
// said by [TypeInvalidUsername], [TypeInvalidEmail], [TypeMissingName],
// [TypeInvalidBillTo], [TypeUsernameTaken] and [TypeEmailTaken]; an unknown
// provisioning org is ResourceNotFound, one of which the caller is not an admin
// PermissionDenied. Input of /user/new.
type NewUserRequest struct {
	Username        string `json:"username"` // 3 to 255 letters, digits, dots and underscores, with a letter first
	Email           string `json:"email"`
	First           string `json:"first,omitempty"` // this or the last name is needed
	Middle          string `json:"middle,omitempty"`
	Last            string `json:"last,omitempty"`
	TokenDuration   int64  `json:"tokenDuration,omitempty"`   // ms for which the activation is good; at most MaxTokenDuration
	Occupation      string `json:"occupation,omitempty"`      // dx sends it; nothing comes of it
	BillTo          string `json:"billTo,omitempty"`          // ID of the org that pays unless a request says otherwise
	ProvisioningOrg string `json:"provisioningOrg,omitempty"` // ID of the org that manages the account
}

// NewUserResponse is the state of the new account. Clients of the platform ignore
// it. The server of dxauth sends no e-mail: the caller gets the code and passes it
// on. Response of /user/new and
// /account/resendActivationEmail.
type NewUserResponse struct {
	Status      string `json:"status"` // StatusEmailValidationRequired or StatusApprovalRequired
	Message     string `json:"message"`
	EmailSentTo string `json:"emailSentTo"` // empty: no e-mail was sent

	ActivationCode    secret.Wire `json:"activationCode,omitzero"`     // extension: for [ActivateUserRequest]
	ActivationExpires int64       `json:"activationExpires,omitempty"` // extension: ms since 1970
}

// LogValue keeps the code out of logs, JSON ones too.
func (r NewUserResponse) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// ResendActivationRequest asks for another activation of an account that has no
// password yet. The response is a [NewUserResponse]. Input of
// /account/resendActivationEmail.
type ResendActivationRequest struct {
	UsernameOrEmail string `json:"usernameOrEmail"`
}

// NamedUser is the response of calls that make or activate an account.
type NamedUser struct {
	ID       string `json:"id"`
	Username string `json:"username"`
}

// UpdateUserRequest changes the caller's own account, by /user-xxxx/update; what
// is absent stays as it is. A private key is InvalidInput. The proof is an
// extension of dxauth: it is wanted where the caller has a second factor and has
// not signed in lately.
type UpdateUserRequest struct {
	Proof
	SSHPublicKey Nullable[string] `json:"sshPublicKey,omitzero"` // null: none
	BillTo       *string          `json:"billTo,omitempty"`      // ID of the caller, or of an org in which the caller may bill
	First        *string          `json:"first,omitempty"`
	Middle       *string          `json:"middle,omitempty"`
	Last         *string          `json:"last,omitempty"`
}

// LogValue keeps the password out of logs, JSON ones too.
func (r UpdateUserRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// MemberActionRequest is the body of what an admin of an org does to an account
// that the org made: /user-xxxx/lockUserAccount and /user-xxxx/unlockUserAccount.
// The response is a [MemberActionResponse].
type MemberActionRequest struct {
	UserID string `json:"user_id"` // the one in the path
	OrgID  string `json:"org_id"`
}

// UpdateEmailRequest is the body of /user-xxxx/updateEmail, which is known from
// precisionFDA.
type UpdateEmailRequest struct {
	Proof
	NewEmail string `json:"newEmail"`
}

// LogValue keeps the password out of logs, JSON ones too.
func (r UpdateEmailRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// ResetUserMFARequest is the body of /user-xxxx/resetUserMFA, by which an admin
// of an org turns off the second factor of a member; it is known from
// precisionFDA.
type ResetUserMFARequest struct {
	UserID            string `json:"user_id"`
	OrgID             string `json:"org_id"`
	RevokeChildTokens bool   `json:"revokeChildTokens"`
}

// MemberActionResponse is the response of what an admin of an org does to a member.
type MemberActionResponse struct {
	AdminID string `json:"admin_id"`
	OrgID   string `json:"org_id"`
	UserID  string `json:"user_id"`
}
