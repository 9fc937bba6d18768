package service

import (
	"context"
	"slices"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
)

// requireAccountProtocol returns a refusal unless users can change their accounts over
// the protocol of a request. All that changes a password, an address, names, a second
// factor, recovery codes or sessions requires it, so that no protocol is weaker than those
// that the operator chose.
func (s *Service) requireAccountProtocol(origin Origin) error {
	if len(s.protocols) == 0 || slices.Contains(s.protocols, origin.Protocol) {
		return nil
	}
	return refusal.New(refusal.Denied, "this server does not let users change their accounts over this protocol").
		Because(refusal.ProtocolClosed)
}

// RequireRecentSignIn returns access.ErrReauthenticate unless the caller's session is
// recent and was made over the protocol of the request. The concession for a protocol
// without a field for the password must not be used with a session of one that asks
// for it.
func (s *Service) RequireRecentSignIn(caller Caller) error {
	if err := s.requireOwnProtocol(caller); err != nil {
		return err
	}
	return s.limits.RequireRecentSignIn(caller.Token, s.now())
}

// requireOwnProtocol returns access.ErrReauthenticate if the caller's token was made
// over another protocol than that of the request.
func (s *Service) requireOwnProtocol(caller Caller) error {
	if caller.Token.Protocol != caller.Origin.Protocol {
		return access.ErrReauthenticate
	}
	return nil
}

// resolveTokens is access.Actor.Resolve for tokens that are to be changed or ended.
// Other sessions than the caller's belong to the account.
func (s *Service) resolveTokens(ctx context.Context, tx transaction.Tx, caller Caller, refs []access.Ref) ([]access.Token, error) {
	tokens, err := caller.actor().Resolve(ctx, tx, refs, s.now())
	if err != nil {
		return nil, err
	}
	isOtherSession := func(token access.Token) bool {
		return token.Kind == access.Session && token.Signature != caller.Token.Signature
	}
	if slices.ContainsFunc(tokens, isOtherSession) {
		return tokens, s.requireAccountProtocol(caller.Origin)
	}
	return tokens, nil
}
