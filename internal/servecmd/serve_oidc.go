package servecmd

import (
	"context"
	"errors"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/refusal"
)

// oidcFlags say which issuers of ID tokens the server trusts: those of a file, and one
// provider that flags describe.
type oidcFlags struct {
	config           string
	issuer           string
	clientID         string
	clientSecretFile string
}

func (f *oidcFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.config, "oidc-config", "", "YAML `FILE` with the OpenID providers that users sign in with, and the CI systems whose ID tokens are exchanged")
	flags.StringVar(&f.issuer, "oidc-issuer", "", "`URL` of an OpenID provider that users sign in with, like https://accounts.google.com")
	flags.StringVar(&f.clientID, "oidc-client-id", "", "`NAME` that the provider of --oidc-issuer gave this server")
	flags.StringVar(&f.clientSecretFile, "oidc-client-secret-file", "", "`FILE` with the secret that the provider gave this server, which only its owner may read")
}

// read returns the issuers, or a usage error.
func (f *oidcFlags) read(ctx context.Context) (config sso.Config, err error) {
	if f.config != "" {
		if config, err = sso.ReadConfig(ctx, f.config); err != nil {
			return config, invalidProviders(err)
		}
	}
	switch {
	case f.issuer != "":
		provider, err := sso.NewProvider(f.issuer, f.clientID, f.clientSecretFile)
		if err != nil {
			return config, refusal.Usagef("--oidc-issuer %s: %s", f.issuer, err)
		}
		for _, other := range config.Providers {
			if other.Name == provider.Name || other.Issuer == provider.Issuer {
				return config, refusal.Usagef("--oidc-issuer %s: %s has a provider with this name or issuer", f.issuer, f.config)
			}
		}
		config.Providers = append(config.Providers, provider)
		return config, nil
	case f.clientID != "" || f.clientSecretFile != "":
		return config, refusal.Usagef("--oidc-client-id and --oidc-client-secret-file need --oidc-issuer")
	default:
		return config, nil
	}
}

// invalidProviders reports each problem of a file on a line of its own, which editors
// understand.
func invalidProviders(err error) error {
	if invalid, ok := errors.AsType[*sso.InvalidError](err); ok {
		return refusal.New(refusal.Usage, "the file of --oidc-config is not valid").With(refusal.Listing(invalid.Problems)).Wrap(invalid).
			WithHint("docs/sso.md describes the file")
	}
	return refusal.New(refusal.Usage, "--oidc-config: %s", err).Wrap(err)
}
