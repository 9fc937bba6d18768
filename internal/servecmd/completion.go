package servecmd

import (
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/identity"
)

// completeServe says what a shell offers for the flags of serve.
func completeServe(flags *pflag.FlagSet) {
	completePlatform(flags)
	kit.CompleteValues(flags, "signup", string(identity.SignUpClosed), string(identity.SignUpModerated), string(identity.SignUpOpen))
	kit.CompleteValues(flags, "protocols", refserver.TypeDNAnexus, refserver.TypeMOLGENIS)
	kit.CompleteValues(flags, "log", "text", "json", "none")
}

// completePlatform says what is offered for the flags that serve and sandbox share.
func completePlatform(flags *pflag.FlagSet) {
	kit.CompleteValues(flags, "type", refserver.Types()...)
	kit.CompleteValues(flags, "two-factor",
		string(identity.FactorsDisabled), string(identity.FactorsEnabled), string(identity.FactorsEnforced))
}
