package kit

import (
	"context"
	"encoding/json"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// SignedIn is the account that a command acts for, connected to its platform.
// What a platform may lack is a method here that says so in plain words, so
// that a command need not ask first.
type SignedIn struct {
	Account    session.Account
	Credential session.Credential
	Source     string // a variable, or the name of the store
	Stored     bool
	platform.Platform
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

// Type is the type of the platform.
func (in SignedIn) Type() platform.Type { return platform.Type(in.Account.Type) }

// Lacks is the refusal of a command for which the platform has nothing.
func (in SignedIn) Lacks(what, hint string) error {
	return refusal.New(refusal.Denied, "%s has no %s: it is a %s server", in.Account.Host, what, in.Type().Name()).WithHint(hint)
}

// TwoFactor returns what the platform offers of two-factor authentication.
func (in SignedIn) TwoFactor() (platform.TwoFactor, error) {
	server, offered := in.Platform.(platform.TwoFactor)
	switch {
	case offered:
		return server, nil
	case in.Type() == platform.TypeEMX2:
		return nil, in.Lacks("two-factor authentication of its own", "its OpenID provider may have it, and asks for it in the browser")
	default:
		return nil, platform.ErrNotOffered
	}
}

// Sessions lists the active sessions, and returns what ends them.
func (in SignedIn) Sessions(ctx context.Context) (platform.Sessions, platform.SessionList, error) {
	sessions, offered := in.Platform.(platform.Sessions)
	switch {
	case offered:
		list, err := sessions.ListSessions(ctx)
		return sessions, list, err
	case in.Type().IsMOLGENIS():
		return nil, platform.SessionList{}, in.Lacks("list of sessions", "each ends by itself, or with logout where it was made")
	default:
		return nil, platform.SessionList{}, platform.ErrNotOffered
	}
}

// Projects returns what the platform offers of projects.
func (in SignedIn) Projects() (platform.Projects, error) {
	if projects, offered := in.Platform.(platform.Projects); offered {
		return projects, nil
	}
	return nil, in.Lacks("projects", "")
}

// ListProjects implements platform.Projects.
func (in SignedIn) ListProjects(ctx context.Context, query platform.ProjectQuery, cursor json.RawMessage) ([]platform.Project, json.RawMessage, error) {
	projects, err := in.Projects()
	if err != nil {
		return nil, nil, err
	}
	return projects.ListProjects(ctx, query, cursor)
}

// Project implements platform.Projects.
func (in SignedIn) Project(ctx context.Context, id string) (platform.Project, error) {
	projects, err := in.Projects()
	if err != nil {
		return platform.Project{}, err
	}
	return projects.Project(ctx, id)
}

// CheckFolder implements platform.Projects.
func (in SignedIn) CheckFolder(ctx context.Context, projectID, folder string) error {
	projects, err := in.Projects()
	if err != nil {
		return err
	}
	return projects.CheckFolder(ctx, projectID, folder)
}

// Call implements platform.Caller.
func (in SignedIn) Call(ctx context.Context, resource, method string, body json.RawMessage) (json.RawMessage, error) {
	caller, offered := in.Platform.(platform.Caller)
	if !offered {
		return nil, in.Lacks("calls that dxauth knows", "")
	}
	return caller.Call(ctx, resource, method, body)
}
