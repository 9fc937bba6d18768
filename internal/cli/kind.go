package cli

import (
	"context"
	"strings"

	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
)

// namedType is the type that the settings name; "" where it is to be found out.
// One in the settings file belongs to the server there, and to no other.
func (a *app) namedType() platform.Type {
	isFile := a.settings.Origin("type").Kind == config.KindFile
	foreign := isFile && strength(a.settings.Origin("server")) > strength(a.settings.Origin("type"))
	if a.settings.Type == "auto" || foreign {
		return ""
	}
	return platform.Type(a.settings.Type)
}

// settled gives a target that no setting says the type of the one type there is.
func (a *app) settled(_ context.Context, t target) (target, error) {
	if t.kind == "" {
		t.kind = platform.TypeDNAnexus
	}
	return t, nil
}

// unaskedType is what is known of the type for a credential of the environment
// without asking the server: a variable of dx is for a platform that dx speaks
// to, and what a login found out holds for its server. "" where nothing is.
func (a *app) unaskedType(t target, variable string) platform.Type {
	switch {
	case t.kind != "":
		return t.kind
	case strings.HasPrefix(variable, "DX_"):
		return platform.TypeDNAnexus
	}
	account, err := a.book.Find(session.Choice{Server: t.api.URL()})
	if err != nil {
		return ""
	}
	return platform.Type(account.Type)
}
