package platform

import (
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/molgenis"
)

// newMOLGENIS makes the client of either generation.
func newMOLGENIS(access Access) *molgenis.Client {
	return molgenis.New(molgenis.Config{
		Server: access.APIServer, UserAgent: access.UserAgent,
		Credential: access.Token, CredentialType: access.TokenType, HTTP: access.HTTP, Trace: access.Trace, Waiting: access.Wait,
	})
}

// wordCharacters can be in every name.
const wordCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"

// fullOnly refuses what a token of MOLGENIS can't be.
func fullOnly(scope Scope) error {
	if !scope.Full || scope.NoPHI {
		return refusal.New(refusal.Usage, "tokens of MOLGENIS reach everything that the user does: leave out what narrows one")
	}
	return nil
}

// askAdministrator is how somebody gets an account where nobody can sign up.
func askAdministrator(host string) string {
	return "who has no account asks the administrator of " + host
}
