package platform

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/molgenis"
)

// NewToken implements Tokens. The platform knows a token by its name, and a name
// that is used again revives every token that had it before. So the name gets an
// ending that was never there.
func (e emx2Server) NewToken(ctx context.Context, order TokenOrder) (NewToken, error) {
	if err := fullOnly(order.Scope); err != nil {
		return NewToken{}, err
	}
	if err := checkName(order.Name); err != nil {
		return NewToken{}, err
	}
	if !order.Expires.IsZero() {
		return NewToken{}, refusal.New(refusal.Usage, "EMX2 decides itself when a token ends, most often in a hundred years: revoke it when it has served")
	}
	session, err := e.client.Session(ctx)
	if err != nil {
		return NewToken{}, Explain(err)
	}
	ending := make([]byte, endingBytes)
	if _, err := io.ReadFull(e.random, ending); err != nil {
		return NewToken{}, fmt.Errorf("draw the ending of a token's name: %w", err)
	}
	name := strings.TrimPrefix(order.Name+"-"+hex.EncodeToString(ending), "-")
	user := order.User
	if user == "" {
		user = session.Email
	}
	value, err := e.client.CreateToken(ctx, user, name)
	if err != nil {
		return NewToken{}, Explain(err)
	}
	made := NewToken{Secret: value, TokenType: molgenis.CredentialToken, ID: name}
	if claims, err := molgenis.ReadClaims(value); err == nil {
		made.Expires = claims.Expires
	}
	return made, nil
}

// withoutEnding takes off what NewToken adds to a name.
func withoutEnding(name string) string {
	i := strings.LastIndexByte(name, '-')
	if i < 0 || len(name)-i-1 != 2*endingBytes || strings.Trim(name[i+1:], "0123456789abcdef") != "" {
		return name
	}
	return name[:i]
}

// endingBytes is how many bytes NewToken draws for the ending of a name.
const endingBytes = 4

// checkName refuses what the platform's list of names can't hold.
func checkName(name string) error {
	if strings.ContainsAny(name, ",\"\n") || strings.TrimSpace(name) != name {
		return refusal.New(refusal.Usage, "the name of a token of EMX2 has no comma, quotation mark or line break, and no blank at its ends")
	}
	return nil
}

// tokenNames are the names of the tokens that a user has.
func tokenNames(session molgenis.SessionResult) []string {
	var names []string
	for _, setting := range session.Settings {
		if setting.Key != molgenis.SettingAccessTokens {
			continue
		}
		for name := range strings.SplitSeq(setting.Value, ",") {
			if name = strings.TrimSpace(name); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// ListTokens implements Tokens. The platform tells names and nothing else; when the
// token in use was made and ends, it says itself.
func (e emx2Server) ListTokens(ctx context.Context, query TokenQuery, _ json.RawMessage) ([]Token, json.RawMessage, error) {
	session, err := e.client.SessionWithSettings(ctx)
	if err != nil {
		return nil, nil, Explain(err)
	}
	own, _ := molgenis.ReadClaims(e.token) // one that tells nothing has no name
	var list []Token
	for _, name := range tokenNames(session) {
		token := Token{ID: name, Name: withoutEnding(name), Scope: Scope{Full: true}, Current: name == own.Name, UseUnknown: true}
		if token.Current {
			token.Created, token.Expires = own.Created, own.Expires
		}
		if !query.Expired && query.fits(token) {
			list = append(list, token)
		}
	}
	return list, nil, nil
}

// ChangeToken implements Tokens: EMX2 has nothing to be changed.
func (e emx2Server) ChangeToken(context.Context, string, TokenChange) error {
	return refusal.New(refusal.Usage, "a token of EMX2 can't be changed: make another one and revoke this one")
}

// RevokeToken implements Tokens. The platform takes all settings of the user at
// once, so the others are sent back as they were.
func (e emx2Server) RevokeToken(ctx context.Context, id string) error {
	session, err := e.client.SessionWithSettings(ctx)
	if err != nil {
		return Explain(err)
	}
	names := tokenNames(session)
	if !slices.Contains(names, id) {
		return Answer{Message: "there is no token of this name"}.as(ErrNotFound)
	}
	rest := slices.DeleteFunc(names, func(name string) bool { return name == id })
	settings := slices.DeleteFunc(session.Settings, func(s molgenis.Setting) bool { return s.Key == molgenis.SettingAccessTokens })
	settings = append(settings, molgenis.Setting{Key: molgenis.SettingAccessTokens, Value: strings.Join(rest, ",")})
	return Explain(e.client.SetSettings(ctx, session.Email, settings))
}
