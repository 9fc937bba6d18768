package cli

import (
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
)

func (a *app) failureOf(err error) *refusal.Error { return kit.Classify(err, a.Program, a.Now()) }

func (a *app) report(failure *refusal.Error) {
	kit.Report(a.Stderr, a.Program, a.settings.JSON, failure)
}

func (a *app) loginHint() string { return kit.LoginHint(a.Program) }
