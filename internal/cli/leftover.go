package cli

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
)

// This file connects the commands that still hang on app with the packages that
// replace it. It goes with them.

const revokeTime = kit.RevokeTime

func (a *app) invocation() kit.Invocation {
	return kit.Invocation{Env: a.Env, Settings: a.settings}
}

type reauthOptions struct{ passwordStdin bool }

func (o *reauthOptions) bind(flags *pflag.FlagSet) {
	flags.BoolVar(&o.passwordStdin, "password-stdin", false, "read the password from standard input; a second line is the verification code")
}

func (a *app) reauth(o reauthOptions) credentials.Reauth {
	return credentials.Reauth{PasswordStdin: o.passwordStdin, Console: a.invocation().ConsoleReading(o.passwordStdin)}
}

func (a *app) proving(ctx context.Context, account session.Account, o reauthOptions, call func(platform.Credentials) error) error {
	return a.reauth(o).IfAsked(ctx, account, call)
}

func (a *app) withPassword(ctx context.Context, account session.Account, o reauthOptions, call func(platform.Credentials) error) error {
	return a.reauth(o).Always(ctx, account, call)
}

func (t target) kit() kit.Target { return kit.Target{API: t.api, Auth: t.auth, Type: t.kind} }

func newAccount(t target, user platform.User, store credstore.Store) session.Account {
	return kit.NewAccount(t.kit(), user, store)
}

func (a *app) endReplaced(ctx context.Context, t target, replaced *session.Credential) {
	a.invocation().Client(a.invocation().Console()).EndReplaced(ctx, t.kit(), replaced)
}

func (a *app) idleDeadline(account session.Account) time.Time {
	limit := a.idleLimit(account)
	if limit == 0 || account.LastUsed.IsZero() {
		return time.Time{}
	}
	return account.LastUsed.Add(limit)
}
