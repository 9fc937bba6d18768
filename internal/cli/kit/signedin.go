package kit

import (
	"context"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// SignedIn is the account that a command acts for, connected to its platform.
type SignedIn struct {
	Account    session.Account
	Credential session.Credential
	Source     string // name of the variable or of the store
	Stored     bool   // false for a credential from the environment
	Variable   string // with the credential of the stored account; empty: none
	*platform.Platform
}

// ExecVariable marks the environment of a command that exec runs.
const ExecVariable = "DXAUTH_EXEC"

// ExpiresVariable tells such a command when its credential ends, in RFC 3339.
const ExpiresVariable = "DXAUTH_TOKEN_EXPIRES"

// ShellInitVariable is what the functions of shell-init set in their shell, as
// SHELL:FINGERPRINT.
const ShellInitVariable = "DXAUTH_SHELL_INIT"

// OthersEnded says what else happens when an account is changed.
const OthersEnded = " Your other sessions have ended; API tokens still work."

// Whose names an account in messages; the user of a token in the environment may
// be unknown.
func Whose(account session.Account) string {
	if account.User == "" {
		return "your account at " + account.Host
	}
	return account.Name()
}

// Type returns the type of the platform, also if it is not connected.
func (in SignedIn) Type() platform.Type { return platform.Type(in.Account.Type) }

// Sessions returns the active sessions, and the client that ends them.
func (in SignedIn) Sessions(ctx context.Context) (*platform.Sessions, dnanexus.ListSessionsResponse, error) {
	sessions, err := in.Platform.Sessions()
	if err != nil {
		return nil, dnanexus.ListSessionsResponse{}, err
	}
	list, err := sessions.List(ctx)
	return sessions, list, err
}

// Select records the project of an account, or of its server for a credential that is
// not stored.
func (a *Accounts) Select(ctx context.Context, in SignedIn, project session.Project) error {
	if in.Stored {
		return a.SelectProject(ctx, in.Account, &project)
	}
	return a.SelectProjectAt(ctx, in.Account.Server, project)
}
