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
		return platform.TypeUnknown
	}
	return platform.Type(a.settings.Type)
}

// settled finds out what the servers speak, where nothing says so. It sends no
// credential. Only DNAnexus has an auth server apart, and its own are known.
func (a *app) settled(ctx context.Context, t target) (target, error) {
	isKnown := config.AuthServerFor(t.api) != t.api
	if !t.kind.IsKnown() && isKnown {
		t.kind = platform.TypeDNAnexus
	}
	if !t.kind.IsKnown() {
		access, err := a.access(t, session.Credential{})
		if err != nil {
			return t, err
		}
		t.kind = platform.Detect(ctx, access)
	}
	if !t.kind.HasAuthServer() {
		t.auth = t.api
	}
	return t, nil
}

// unaskedType is what is known of the type for a credential of the environment
// without asking the server: a variable of dx is for a platform that dx speaks
// to, and what a login found out holds for its server. "" where nothing is.
func (a *app) unaskedType(t target, variable string) platform.Type {
	switch {
	case t.kind.IsKnown():
		return t.kind
	case strings.HasPrefix(variable, "DX_"):
		return platform.TypeDNAnexus
	}
	account, err := a.book.Find(session.Choice{Server: t.api.URL()})
	if err != nil {
		return platform.TypeUnknown
	}
	return platform.Type(account.Type)
}
