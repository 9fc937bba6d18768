package platform

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// dnanexusServer adapts the client of the DNAnexus protocol.
type dnanexusServer struct {
	client  *dnanexus.Client
	token   secret.Text
	version string // of this program, for the greeting
}

func newDNAnexus(access Access) dnanexusServer {
	client := dnanexus.New(dnanexus.Config{
		APIServer: access.APIServer, AuthServer: access.AuthServer, UserAgent: access.UserAgent,
		Token: access.Token, TokenType: access.TokenType, HTTP: access.HTTP, Trace: access.Trace, Waiting: access.Wait,
	})
	return dnanexusServer{client: client, token: access.Token, version: access.Version}
}

// SignIn implements Authenticator.
func (d dnanexusServer) SignIn(ctx context.Context, credentials Credentials) (SignInResult, error) {
	request := dnanexus.NewAuthTokenRequest{
		Username: credentials.Username, Password: credentials.Password.OnWire(), OTP: credentials.otp(),
	}
	if !credentials.Expires.IsZero() {
		request.Expires = credentials.Expires.UnixMilli()
	}
	answer, err := d.client.NewAuthToken(ctx, request)
	if err != nil {
		return SignInResult{}, Explain(err)
	}
	result := signInResult(answer)
	result.User.Name = credentials.Username
	if result.Expires.IsZero() {
		result.Expires = credentials.Expires
	}
	if result.User.ID == "" {
		result.User.ID = dnanexus.UserID(credentials.Username)
	}
	return result, nil
}

func signInResult(answer dnanexus.NewAuthTokenResponse) SignInResult {
	return SignInResult{
		Token: answer.AccessToken.Text(), TokenType: answer.TokenType, User: User{ID: answer.UserID},
		Expires: timeOfMillis(answer.Expires), Idle: durationOf(answer.IdleTimeout, time.Millisecond),

		RecoveryCodesLeft: answer.RecoveryCodesLeft,
	}
}

// Verify implements Authenticator.
func (d dnanexusServer) Verify(ctx context.Context) (Holder, error) {
	info, err := d.client.UserInfo(ctx)
	if err != nil {
		return Holder{}, Explain(err)
	}
	user := User{ID: dnanexus.UserID(info.Username), Name: info.Username}
	return Holder{User: user, Expires: timeOfMillis(info.Expires)}, nil
}

// Whoami implements Authenticator, with the two calls of dx.
func (d dnanexusServer) Whoami(ctx context.Context) (User, error) {
	me, err := d.client.WhoAmI(ctx, dnanexus.WhoAmIRequest{})
	if err != nil {
		return User{}, Explain(err)
	}
	described, err := d.client.DescribeUser(ctx, me.ID)
	return User{ID: me.ID, Name: described.Handle}, Explain(err)
}

// Ping implements Authenticator.
func (d dnanexusServer) Ping(ctx context.Context) error {
	_, err := d.client.WhoAmI(ctx, dnanexus.WhoAmIRequest{})
	return Explain(err)
}

// SignOut implements Authenticator.
func (d dnanexusServer) SignOut(ctx context.Context) error {
	return Explain(d.client.DestroyAuthToken(ctx, dnanexus.Signature(d.token)))
}

// SignOutOther implements Authenticator.
func (d dnanexusServer) SignOutOther(ctx context.Context, signature string) error {
	return Explain(d.client.DestroyAuthToken(ctx, signature))
}

// IsSession implements Authenticator. A token with a smaller scope can't list
// sessions, and a server without the list does not tell.
func (d dnanexusServer) IsSession(ctx context.Context) (bool, error) {
	list, err := d.client.ListSessions(ctx)
	if err = Explain(err); errors.Is(err, ErrSignedOut) {
		return false, err
	}
	isCurrentSession := func(s dnanexus.Session) bool { return s.Current && s.Kind == dnanexus.TokenTypeSession }
	return slices.ContainsFunc(list.Sessions, isCurrentSession), nil
}

// Announcements implements Authenticator.
func (d dnanexusServer) Announcements(ctx context.Context) ([]Announcement, error) {
	greeting, err := d.client.Greet(ctx, dnanexus.GreetRequest{Client: "dxauth", Version: d.version})
	if err != nil {
		return nil, Explain(err)
	}
	list := make([]Announcement, 0, len(greeting.Messages))
	for _, message := range greeting.Messages {
		list = append(list, Announcement{Time: timeOfMillis(message.Date), Title: message.Title, Body: message.Body})
	}
	return list, nil
}

// AccountHint implements Authenticator: DNAnexus does not say.
func (d dnanexusServer) AccountHint(context.Context) string { return "" }

// Call implements Caller.
func (d dnanexusServer) Call(ctx context.Context, resource, method string, body json.RawMessage) (json.RawMessage, error) {
	answer, err := d.client.Call(ctx, resource, method, body)
	return answer, Explain(err)
}

// cursorOf makes nil of the null at the end of a list.
func cursorOf(next json.RawMessage) json.RawMessage {
	if string(next) == "null" {
		return nil
	}
	return next
}

// texts reads a list of secrets.
func texts(onWire []secret.Wire) []secret.Text {
	list := make([]secret.Text, 0, len(onWire))
	for _, one := range onWire {
		list = append(list, one.Text())
	}
	return list
}
