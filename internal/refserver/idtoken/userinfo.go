package idtoken

import (
	"context"
	"encoding/json/v2"
	"errors"
	"fmt"
	"net/http"

	"github.com/dxauth/dxauth/pkg/secret"
)

// AddUserInfo returns a token with what the provider says about its user beside it. Some
// providers leave the address and the names out of ID tokens (OpenID Connect Core 1.0,
// section 5.4). A token that has an address stays as it is. It returns an InvalidError if
// the provider speaks of another user (section 5.3.2), or a ProviderError.
func (i *Issuer) AddUserInfo(ctx context.Context, token Token, access secret.Text) (Token, error) {
	found, err := i.Metadata(ctx)
	if err != nil || found.UserInfoEndpoint == "" || token.Email != "" {
		return token, err
	}
	text, err := i.readUserInfo(ctx, found.UserInfoEndpoint, access)
	if err != nil {
		return Token{}, i.failed(fmt.Errorf("ask who the user is: %w", err))
	}
	var said claims
	if err := errors.Join(json.Unmarshal(text, &said), json.Unmarshal(text, &said.all)); err != nil {
		return Token{}, i.failed(errors.New("what it says about the user cannot be read"))
	}
	if said.Subject != token.Subject {
		return Token{}, invalidf("the provider speaks of another user beside it")
	}
	token.Email, token.EmailVerified, token.HostedDomain = said.Email, bool(said.EmailVerified), said.HostedDomain
	for name, value := range said.all {
		if _, signed := token.claims[name]; !signed {
			token.claims[name] = value
		}
	}
	return token, nil
}

func (i *Issuer) readUserInfo(ctx context.Context, address string, access secret.Text) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+access.Reveal())
	return readAll(i.client, request)
}
