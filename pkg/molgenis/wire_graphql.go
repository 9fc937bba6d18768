package molgenis

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"github.com/dxauth/dxauth/pkg/secret"
)

// RouteGraphQL is the one route of EMX2. Each schema has one more, which is its
// name and "/graphql", with the same operations of the session.
const RouteGraphQL = "/api/graphql"

// GraphQLRequest is the body of a call. It shows nothing of itself, because a
// password may be in the query or among the variables.
type GraphQLRequest struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables,omitempty"`
	Operation string         `json:"operationName,omitempty"`
}

// Format writes secret.Redacted for every verb.
func (GraphQLRequest) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, secret.Redacted) }

// LogValue keeps it out of logs, JSON ones too.
func (GraphQLRequest) LogValue() slog.Value { return slog.StringValue(secret.Redacted) }

// GraphQLResponse is the response: data behind the names of the fields, or
// errors. The status is 200 also for a sign-in that was refused, see
// [SignInResult], and 400 for a token that is not valid and for all else.
type GraphQLResponse struct {
	Data   map[string]json.RawMessage `json:"data,omitempty"`
	Errors []ErrorMessage             `json:"errors,omitempty"`
}

// Values of the field status of an EMX2 mutation.
const (
	StatusSuccess = "SUCCESS"
	StatusFailed  = "FAILED"
)

// SignInResult is the response of the mutations signin, signout, signup,
// createToken and changePassword, as far as they have its fields.
type SignInResult struct {
	Status  string       `json:"status,omitempty"`
	Message string       `json:"message,omitempty"`
	Token   *secret.Wire `json:"token,omitempty"` // null where it failed
}

// LogValue keeps the token out of logs, JSON ones too.
func (r SignInResult) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// SessionResult is the response of the query _session. A caller who is not signed in
// has the e-mail "anonymous"; what EMX2 calls an e-mail is the user name.
type SessionResult struct {
	Email    string       `json:"email"`
	Admin    bool         `json:"admin"`
	Roles    []string     `json:"roles"`
	Schemas  []string     `json:"schemas"`
	Settings []Setting    `json:"settings"`
	Token    *secret.Wire `json:"token,omitempty"` // a new one for half an hour
}

// LogValue keeps the token out of logs, JSON ones too.
func (r SessionResult) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// Setting is one setting of a user.
type Setting struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// SettingAccessTokens is the key of the setting with the names of a user's
// tokens, commas between. A name that is taken out of it by the mutation change
// revokes the token.
const SettingAccessTokens = "access-tokens"

// SettingOpenID is the key of the public setting that says whether people sign in through
// an OpenID provider: "true" or "false".
const SettingOpenID = "isOidcEnabled"

// ManifestResult is the response of the query _manifest, which is public.
type ManifestResult struct {
	ImplementationVersion string `json:"ImplementationVersion"`
	SpecificationVersion  string `json:"SpecificationVersion"`
	DatabaseVersion       string `json:"DatabaseVersion"`
}
