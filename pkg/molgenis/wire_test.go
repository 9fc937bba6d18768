package molgenis_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// What goes over the wire is what the servers and clients of the platform read
// and write.
func TestMessagesAreWrittenAsThePlatformWritesThem(t *testing.T) {
	token := secret.New("0123456789abcdef0123456789abcdef").OnWire()
	for want, message := range map[string]any{
		`{"username":"alice","password":"0123456789abcdef0123456789abcdef"}`: molgenis.LoginRequest{Username: "alice", Password: token},
		`{"token":"0123456789abcdef0123456789abcdef","username":"admin"}`:    molgenis.LoginResponse{Token: token, Username: "admin"},
		`{"errors":[{"message":"no"},{"message":"denied","code":"DS04"}]}`: molgenis.ErrorResponse{
			Errors: []molgenis.ErrorMessage{{Message: "no"}, {Message: "denied", Code: molgenis.CodePermissionDenied}},
		},
		`{"authenticated":false,"username":"anonymous","roles":["ANONYMOUS"],"version":"8.0.0"}`: molgenis.ContextResponse{
			Username: molgenis.Anonymous, Roles: []string{molgenis.RoleAnonymous}, Version: "8.0.0",
		},
		`{"User":"user-bob","token":"0123456789abcdef0123456789abcdef"}`: molgenis.NewToken{User: "user-bob", Token: token},
		`{"id":"1"}`: molgenis.TokenItem{ID: "1"},
		`{"id":"user-bob","username":"bob","active":false}`:      molgenis.UserItem{ID: "user-bob", Username: "bob", Active: new(bool)},
		`{"location":"/a","resources":[{"href":"/a/1"}]}`:        molgenis.Created{Location: "/a", Resources: []molgenis.Resource{{Href: "/a/1"}}},
		`{"recoveryCodes":["0123456789abcdef0123456789abcdef"]}`: molgenis.RecoveryCodesResponse{RecoveryCodes: []secret.Wire{token}},
		`{"query":"{_session{email}}"}`:                          molgenis.GraphQLRequest{Query: "{_session{email}}"},
		`{"status":"FAILED","message":"no"}`:                     molgenis.SignInResult{Status: molgenis.StatusFailed, Message: "no"},
	} {
		written, err := json.Marshal(message)
		if err != nil || string(written) != want {
			t.Errorf("%T is written as %s, %v; want %s", message, written, err, want)
		}
	}
}

// The attributes of v1 stand behind their names, not beside those of v2.
func TestTheMetaOfV1(t *testing.T) {
	meta := molgenis.EntityMetaV1{Attributes: map[string]molgenis.Attribute{"id": {Name: "id"}}}
	meta.IDAttribute = "id"
	written, err := json.Marshal(meta)
	if err != nil || !strings.Contains(string(written), `"attributes":{"id":{`) || !strings.Contains(string(written), `"idAttribute":"id"`) {
		t.Errorf("%s, %v", written, err)
	}
}

// No message with a secret in it shows it when it is printed or logged.
func TestMessagesKeepTheirSecrets(t *testing.T) {
	const canary = "canary-of-the-wire"
	value := secret.New(canary).OnWire()
	for _, message := range []any{
		molgenis.LoginRequest{Password: value}, molgenis.LoginResponse{Token: value},
		molgenis.RecoveryCodesResponse{RecoveryCodes: []secret.Wire{value}},
		molgenis.TokenItem{Token: &value}, molgenis.NewToken{Token: value},
		molgenis.UserItem{ActivationCode: &value}, molgenis.NewUser{Password: value},
		molgenis.GraphQLRequest{Query: canary, Variables: map[string]any{"password": canary}},
		molgenis.SignInResult{Token: &value}, molgenis.SessionResult{Token: &value},
	} {
		var shown bytes.Buffer
		slog.New(slog.NewJSONHandler(&shown, nil)).Info("message", "message", message)
		slog.New(slog.NewTextHandler(&shown, nil)).Info("message", "message", message)
		fmt.Fprintf(&shown, "%v %+v %#v %s", message, message, message, message)
		if strings.Contains(shown.String(), canary) {
			t.Errorf("%T shows itself: %s", message, &shown)
		}
	}
}
