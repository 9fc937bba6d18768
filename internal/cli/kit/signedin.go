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
	Source     string // a variable, or the name of the store
	Stored     bool
	*platform.Platform
}

// ExecVariable marks the environment of a command that exec runs.
const ExecVariable = "DXAUTH_EXEC"

// OthersEnded is what else happens when an account is changed.
const OthersEnded = " Your other sessions have ended; API tokens go on."

// Whose names an account; a token of the environment may leave the user open.
func Whose(account session.Account) string {
	if account.User == "" {
		return "your account at " + account.Host
	}
	return account.Name()
}

// Type is the type of the platform, which may not be connected.
func (in SignedIn) Type() platform.Type { return platform.Type(in.Account.Type) }

// Sessions lists the active sessions, and returns what ends them.
func (in SignedIn) Sessions(ctx context.Context) (*platform.Sessions, dnanexus.ListSessionsResponse, error) {
	sessions, err := in.Platform.Sessions()
	if err != nil {
		return nil, dnanexus.ListSessionsResponse{}, err
	}
	list, err := sessions.List(ctx)
	return sessions, list, err
}
