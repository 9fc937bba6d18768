package dxtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Option adds something to a platform, or changes how it behaves. The order of
// options does not matter.
type Option func(*plan) error

// plan is what the options say together.
type plan struct {
	fixture fixture.File
	idle    time.Duration // 0: the server's default
	longest time.Duration // of a session; 0: the server's default

	twoFactor dnanexus.TwoFactorMode // empty: the server's default
}

// newPlan applies the options.
func newPlan(options []Option) (plan, error) {
	var p plan
	for _, option := range options {
		if err := option(&p); err != nil {
			return plan{}, err
		}
	}
	for i := range p.fixture.Projects {
		if project := &p.fixture.Projects[i]; project.ID == "" {
			project.ID = fmt.Sprintf("project-%024d", i+1)
		}
	}
	return p, nil
}

// User adds a user, whose ID is "user-" and the name in lower case. A name has
// at least 3 letters, digits, dots or underscores, with a letter first; a
// password may be weak.
func User(name, password string) Option {
	return addUser(fixture.User{Username: name, Password: secret.New(password)})
}

// UserWithTOTP adds a user whose two-factor authentication is on. The seed is
// base32, as an authenticator app takes it; see [Server.Code].
func UserWithTOTP(name, password, seed string) Option {
	if seed == "" {
		return wrong("user %q: the TOTP seed is empty", name)
	}
	return addUser(fixture.User{Username: name, Password: secret.New(password), TOTPSecret: secret.New(seed)})
}

// TwoFactor sets what the platform requires of its users; without it, each user can
// turn two-factor authentication on.
func TwoFactor(mode dnanexus.TwoFactorMode) Option {
	switch mode {
	case dnanexus.TwoFactorDisabled, dnanexus.TwoFactorEnabled, dnanexus.TwoFactorEnforced:
		return func(p *plan) error { p.twoFactor = mode; return nil }
	default:
		return wrong("two-factor mode %q is not disabled, enabled or enforced", mode)
	}
}

func addUser(user fixture.User) Option {
	if user.Password.IsZero() {
		return wrong("user %q: the password is empty", user.Username)
	}
	return func(p *plan) error {
		p.fixture.Users = append(p.fixture.Users, user)
		return nil
	}
}

// Org adds an organisation, whose ID is "org-" and the handle, with the user
// who administers it and other members.
func Org(handle, admin string, members ...string) Option {
	org := fixture.Org{Handle: handle, Name: handle, Admins: []string{admin}}
	for _, member := range members {
		org.Members = append(org.Members, fixture.Member{User: member})
	}
	return func(p *plan) error {
		p.fixture.Orgs = append(p.fixture.Orgs, org)
		return nil
	}
}

// Access is a level on a project; see [Allow].
type Access struct {
	name  string
	level dnanexus.Level
}

// Allow gives a level of access. For a [Project], the name is that of a user, "org-"
// and the handle of an org, or "PUBLIC"; for a [Token] it is that of a project, or
// "*" for all.
func Allow(name string, level dnanexus.Level) Access { return Access{name, level} }

// Project adds a project, which its owner administers and others may reach, too.
// Its ID is found by [Server.ProjectID].
func Project(name, owner string, shared ...Access) Option {
	permissions, err := levels(append([]Access{Allow(owner, dnanexus.LevelAdminister)}, shared...))
	if err != nil {
		return wrong("project %q: %w", name, err)
	}
	project := fixture.Project{Name: name, CreatedBy: owner, Permissions: permissions}
	return func(p *plan) error {
		p.fixture.Projects = append(p.fixture.Projects, project)
		return nil
	}
}

// Token adds an API token with a known value, which is valid for 30 days. Without
// a scope it may do all that its user may.
func Token(user, value string, scope ...Access) Option {
	token := fixture.Token{User: user, Value: secret.New(value), Label: "dxtest"}
	if len(scope) > 0 {
		projects, err := levels(scope)
		if err != nil {
			return wrong("token of %q: %w", user, err)
		}
		token.Scope = &fixture.Scope{Projects: projects}
	}
	return func(p *plan) error {
		p.fixture.Tokens = append(p.fixture.Tokens, token)
		return nil
	}
}

// levels returns what is allowed in the form of a fixture.
func levels(list []Access) (map[string]string, error) {
	byName := map[string]string{}
	for _, access := range list {
		if _, twice := byName[access.name]; twice {
			return nil, fmt.Errorf("%q is granted two levels", access.name)
		}
		byName[access.name] = string(access.level)
	}
	return byName, nil
}

// Fixture adds the contents of a fixture: YAML in the form that "dxauth serve"
// takes, see "dxauth help fixtures".
func Fixture(yaml string) Option {
	file, err := fixture.Parse([]byte(yaml))
	if err != nil {
		return wrong("the fixture: %w", err)
	}
	return addFixture(file)
}

// FixtureFile adds the contents of the fixture in a file, or of the built-in one,
// whose name is "demo".
func FixtureFile(path string) Option {
	file, err := fixture.Open(context.Background(), path)
	if err != nil {
		return wrong("%w", err)
	}
	return addFixture(file)
}

func addFixture(file fixture.File) Option {
	return func(p *plan) error {
		p.fixture.Users = append(p.fixture.Users, file.Users...)
		p.fixture.Orgs = append(p.fixture.Orgs, file.Orgs...)
		p.fixture.Projects = append(p.fixture.Projects, file.Projects...)
		p.fixture.Tokens = append(p.fixture.Tokens, file.Tokens...)
		return nil
	}
}

// IdleTimeout sets after which time without use a session ends, instead of 15
// minutes.
func IdleTimeout(limit time.Duration) Option {
	return func(p *plan) error {
		if limit <= 0 {
			return fmt.Errorf("an idle timeout of %v makes no sense", limit)
		}
		if p.idle != 0 {
			return errors.New("there are two idle timeouts")
		}
		p.idle = limit
		return nil
	}
}

// SessionMax sets after which time a session ends although it is used, instead of
// 18 hours. API tokens are not affected.
func SessionMax(limit time.Duration) Option {
	return func(p *plan) error {
		if limit <= 0 {
			return fmt.Errorf("a longest session of %v makes no sense", limit)
		}
		if p.longest != 0 {
			return errors.New("there are two longest sessions")
		}
		p.longest = limit
		return nil
	}
}

// wrong is an option that can't be followed.
func wrong(format string, args ...any) Option {
	return func(*plan) error { return fmt.Errorf(format, args...) }
}
