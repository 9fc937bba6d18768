package cli

import (
	"github.com/dxauth/dxauth/internal/platform"
)

// kind is the type of the platform that somebody is signed in to.
func (in signedIn) kind() platform.Type { return platform.Type(in.account.Type) }
