// Package audit describes the log of what was done to accounts, tokens and
// permissions.
//
// It promises that a row is written in the transaction of the change that it
// tells of: there is no change without a row and no row without a change. Rows
// are only ever added. A row names tokens by the beginning of their signature,
// never by themselves, and holds no password, code or key.
package audit

import (
	"context"
	"time"
)

// Action names what was done.
type Action string

// The actions.
const (
	SignIn        Action = "sign-in"
	TokenNew      Action = "token.new"
	TokenGrant    Action = "token.grant" // a token was made for somebody else
	TokenUse      Action = "token.use"   // from a network that it was not used from before
	TokenUpdate   Action = "token.update"
	TokenRestrict Action = "token.restrict" // kept out of an org by its admin
	TokenRevoke   Action = "token.revoke"
	SessionsEnd   Action = "sessions.end" // all of a user's
	OrgUpdate     Action = "org.update"
	OrgNew        Action = "org.new"
	OrgLicense    Action = "org.license"
	MemberInvite  Action = "org.member.invite"
	MemberAccess  Action = "org.member.access"
	MemberRemove  Action = "org.member.remove"
	UserNew       Action = "user.new"
	UserUpdate    Action = "user.update"
	UserLock      Action = "user.lock"
	UserUnlock    Action = "user.unlock"
	UserDisable   Action = "user.disable"
	UserEnable    Action = "user.enable"
	UserSignUp    Action = "user.sign-up"
	UserApprove   Action = "user.approve"  // somebody who signed up was let in by the activation code
	UserCode      Action = "user.code"     // a code to set the first password was given out
	UserActivate  Action = "user.activate" // the first password was set
	Bootstrap     Action = "bootstrap"     // the first administrator was made
	ProjectNew    Action = "project.new"
	ProjectRemove Action = "project.remove"
	ProjectGrant  Action = "project.grant"
	FolderNew     Action = "folder.new"

	TwoFactorEnrol   Action = "two-factor.enroll"  // a new secret was given
	TwoFactorConfirm Action = "two-factor.confirm" // a code of it was shown
	TwoFactorOn      Action = "two-factor.on"
	TwoFactorOff     Action = "two-factor.off"
	TwoFactorReset   Action = "two-factor.reset" // by an administrator
	RecoveryCodesNew Action = "recovery-codes.new"
	PasswordChange   Action = "password.change"
	EmailChange      Action = "email.change"
	SettingsChange   Action = "settings.change"

	ProjectUpdate Action = "project.update" // its description, controls, payer or labels
	ProjectLeave  Action = "project.leave"
	FolderRemove  Action = "folder.remove"
	FolderRename  Action = "folder.rename"
)

// Entry is one row.
type Entry struct {
	Time      time.Time
	Actor     string // who did it: a user ID, or empty where nobody is known
	Subject   string // to whom or what: an entity ID or the beginning of a signature
	Action    Action
	Result    string // "ok", or why not
	Factor    string // how the actor was proved, at a sign-in
	Address   string
	UserAgent string
	RequestID string
}

// Tx is what a transaction can do with the log.
type Tx interface {
	AppendAudit(ctx context.Context, entry Entry) error
}

// ShortSignature is how a row names a token.
func ShortSignature(signature string) string { return signature[:min(12, len(signature))] }
