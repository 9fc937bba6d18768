// Package audit defines the log of sign-ins and of changes to accounts, tokens and
// permissions.
//
// It promises that a row is written in the transaction of its change: there is no
// change without a row and no row without a change. Rows are only added, never
// changed, and removed by age alone. A row identifies a token by the first digits of its signature, and
// contains no token, password, code or key.
package audit

import (
	"cmp"
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Action names what was done.
type Action string

// The actions.
const (
	SignIn        Action = "sign-in"
	TokenNew      Action = "token.new"
	TokenGrant    Action = "token.grant" // a token was made for another user
	TokenUse      Action = "token.use"   // for the first time from a network
	TokenUpdate   Action = "token.update"
	TokenRestrict Action = "token.restrict" // an org was excluded by its admin
	TokenRevoke   Action = "token.revoke"
	GrantApprove  Action = "grant.approve" // a user let a program sign in
	GrantDeny     Action = "grant.deny"
	SessionsEnd   Action = "sessions.end" // all of a user's
	OrgUpdate     Action = "org.update"
	OrgNew        Action = "org.new"
	OrgLicense    Action = "org.license"
	MemberInvite  Action = "org.member.invite"
	MemberAccess  Action = "org.member.access"
	MemberRemove  Action = "org.member.remove"
	MemberAccept  Action = "org.member.accept"
	MemberLeave   Action = "org.member.leave"
	UserNew       Action = "user.new"
	UserUpdate    Action = "user.update"
	UserLock      Action = "user.lock"
	UserUnlock    Action = "user.unlock"
	UserDisable   Action = "user.disable"
	UserEnable    Action = "user.enable"
	UserSignUp    Action = "user.sign-up"
	UserApprove   Action = "user.approve"  // a sign-up was approved with the activation code
	UserCode      Action = "user.code"     // an activation code was issued
	UserActivate  Action = "user.activate" // the first password was set
	UserLink      Action = "user.link"     // an identity at a provider was linked
	UserUnlink    Action = "user.unlink"
	EmailVerify   Action = "email.verify"
	Bootstrap     Action = "bootstrap" // the first administrator was created
	Restore       Action = "restore"   // a server started on a copy of its store
	ProjectNew    Action = "project.new"
	ProjectRemove Action = "project.remove"
	ProjectGrant  Action = "project.grant"
	FolderNew     Action = "folder.new"

	TwoFactorEnroll   Action = "two-factor.enroll"  // a new secret was issued
	TwoFactorConfirm  Action = "two-factor.confirm" // a code of it was entered
	TwoFactorOn       Action = "two-factor.on"
	TwoFactorOff      Action = "two-factor.off"
	TwoFactorReset    Action = "two-factor.reset" // by an administrator
	RecoveryCodesNew  Action = "recovery-codes.new"
	RecoveryCodesRead Action = "recovery-codes.read" // only if they could not be read
	PasswordChange    Action = "password.change"
	EmailChange       Action = "email.change"
	SettingsChange    Action = "settings.change"

	TrustAdd      Action = "trust.add"
	TrustRemove   Action = "trust.remove"
	TrustExchange Action = "trust.exchange" // an ID token became an API token

	ProjectUpdate Action = "project.update" // its description, controls, payer or labels
	ProjectLeave  Action = "project.leave"
	FolderRemove  Action = "folder.remove"
	FolderRename  Action = "folder.rename"

	MailDrop Action = "mail.drop" // an e-mail was never sent
)

// Entry is a row of the log.
type Entry struct {
	Time      time.Time
	Actor     string // user ID, or Server; empty if unknown
	Subject   string // what was changed: an entity ID or a short signature
	Action    Action
	Result    string // "ok", ResultOf a refusal, or why an e-mail was never sent; earlier versions wrote messages
	Factor    string // how the user authenticated, for a sign-in
	Address   string
	UserAgent string
	RequestID string
}

// ResultOf returns the result of what was refused with err: the reason, or the code
// if there is none. Both are stable, and neither contains an input.
func ResultOf(err error) string {
	return cmp.Or(string(refusal.ReasonOf(err)), string(refusal.CodeOf(err)))
}

// Tx is what this package needs of a transaction.
type Tx interface {
	AppendAudit(ctx context.Context, entry Entry) error
	// AppendAudits adds an entry for each of the subjects, in one statement.
	AppendAudits(ctx context.Context, entry Entry, subjects []string) error
	// AuditAfter returns at most limit rows with larger numbers, in their order.
	AuditAfter(ctx context.Context, no int64, limit int) ([]Row, error)
	// AuditBefore returns at most limit rows with smaller numbers, the newest first.
	AuditBefore(ctx context.Context, no int64, limit int) ([]Row, error)
	// SearchAudit looks at rows with smaller numbers, the newest first.
	SearchAudit(ctx context.Context, search Search) (Found, error)
	// RemoveAudit looks at the oldest rows, at most as many as limit, removes those from
	// before a time, but never the newest row, and returns how many.
	RemoveAudit(ctx context.Context, before time.Time, limit int) (int, error)
}

// ShortSignature returns the first 12 digits of a signature, which identify a token
// in a row.
func ShortSignature(signature string) string { return signature[:min(12, len(signature))] }
