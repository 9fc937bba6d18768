package cli

import (
	"context"
	"encoding/json"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// A platform may lack what is in this file. The methods say so in plain words,
// so that a command need not ask first.

// kind is the type of the platform that somebody is signed in to.
func (in signedIn) kind() platform.Type { return platform.Type(in.account.Type) }

// lacks is the refusal of a command for which the platform has nothing.
func (in signedIn) lacks(what, hint string) error {
	return refusal.New(refusal.Denied, "%s has no %s: it is a %s server", in.account.Host, what, in.kind().Name()).
		WithHint(hint)
}

// noTwoFactor says where else a second factor may be.
func (in signedIn) noTwoFactor() error {
	if in.kind() != platform.TypeEMX2 {
		return platform.ErrNotOffered
	}
	return in.lacks("two-factor authentication of its own", "its OpenID provider may have it, and asks for it in the browser")
}

// noSessions is for platforms that keep no list of where one is signed in.
func (in signedIn) noSessions() error {
	if !in.kind().IsMOLGENIS() {
		return platform.ErrNotOffered
	}
	return in.lacks("list of sessions", "each ends by itself, or with logout where it was made")
}

func (in signedIn) projects() (platform.Projects, error) {
	if projects, offered := in.Platform.(platform.Projects); offered {
		return projects, nil
	}
	return nil, in.lacks("projects", "")
}

// ListProjects implements platform.Projects.
func (in signedIn) ListProjects(ctx context.Context, query platform.ProjectQuery, cursor json.RawMessage) ([]platform.Project, json.RawMessage, error) {
	projects, err := in.projects()
	if err != nil {
		return nil, nil, err
	}
	return projects.ListProjects(ctx, query, cursor)
}

// Project implements platform.Projects.
func (in signedIn) Project(ctx context.Context, id string) (platform.Project, error) {
	projects, err := in.projects()
	if err != nil {
		return platform.Project{}, err
	}
	return projects.Project(ctx, id)
}

// CheckFolder implements platform.Projects.
func (in signedIn) CheckFolder(ctx context.Context, projectID, folder string) error {
	projects, err := in.projects()
	if err != nil {
		return err
	}
	return projects.CheckFolder(ctx, projectID, folder)
}

// Call implements platform.Caller.
func (in signedIn) Call(ctx context.Context, resource, method string, body json.RawMessage) (json.RawMessage, error) {
	caller, offered := in.Platform.(platform.Caller)
	if !offered {
		return nil, in.lacks("calls that dxauth knows", "")
	}
	return caller.Call(ctx, resource, method, body)
}
