package platform

import (
	"context"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// CodeSignIn is for those who have a code and no password yet. Its calls return
// ErrAccessCode for a code that is not good, and ErrNotOffered from a server
// that takes none.
type CodeSignIn struct{ client *dnanexus.Client }

// ConnectForCode connects to a server that takes codes. Whichever type it is to
// others, it takes codes in one way.
func ConnectForCode(access Access) *CodeSignIn {
	return &CodeSignIn{client: newDNAnexus(access).client}
}

// Bootstrap makes the first administrator of an empty server. Code and password
// are added to the request.
func (c *CodeSignIn) Bootstrap(ctx context.Context, code, password secret.Text, request dnanexus.BootstrapRequest) (User, error) {
	request.Code, request.Password = code.OnWire(), password.OnWire()
	user, err := c.client.Bootstrap(ctx, request)
	return User{ID: user.ID, Name: user.Username}, offered(err)
}

// Activate sets the first password of an account.
func (c *CodeSignIn) Activate(ctx context.Context, code, password secret.Text) (User, error) {
	request := dnanexus.ActivateUserRequest{Code: code.OnWire(), Password: password.OnWire()}
	user, err := c.client.ActivateUser(ctx, request)
	return User{ID: user.ID, Name: user.Username}, offered(err)
}
