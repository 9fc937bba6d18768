package platform

import (
	"context"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// Sessions lists and ends the sessions and API tokens of the user. Its calls
// return ErrNotOffered from a server that does not have them.
type Sessions struct{ client *dnanexus.Client }

// List returns the sessions that the server shows at once.
func (s *Sessions) List(ctx context.Context) (dnanexus.ListSessionsResponse, error) {
	list, err := s.client.ListSessions(ctx)
	return list, offered(err)
}

// End ends all that are named or none. A missing route and a missing ID are
// ErrNotFound alike: List tells whether the call is offered.
func (s *Sessions) End(ctx context.Context, ids []string) error {
	return Explain(s.client.DestroySessions(ctx, dnanexus.DestroySessionsRequest{IDs: ids}))
}

// EndAll ends all sessions of a user, the one in use too, but no API token. It returns
// what SignIn does, and ErrReauthenticate without a password if the user has one or
// signed in too long ago. It is never repeated by itself.
func (s *Sessions) EndAll(ctx context.Context, username string, credentials Credentials) error {
	return offered(s.client.DestroySessions(ctx, dnanexus.DestroySessionsRequest{
		All: true, Username: username, Password: credentials.Password.OnWire(), OTP: credentials.otp(),
	}))
}
