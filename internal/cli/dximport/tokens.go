package dximport

import (
	"slices"

	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/projectpick"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/dxenv"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// What import does with a token.
const (
	actionImported = "imported"
	actionPreview  = "would be imported"
	actionStored   = "was stored already"
	actionLeft     = "left alone"
)

// imported is the result for one token.
type imported struct {
	Server  string           `json:"server"`
	Account string           `json:"account"` // USER@HOST; empty: not known
	Action  string           `json:"action"`  // one of the action constants
	Store   string           `json:"store"`   // empty: not stored
	Reason  string           `json:"reason"`  // why it is still in a file; empty: it is not
	Files   []string         `json:"files"`   // where it was found
	Project *session.Project `json:"project"` // that is selected for the account; null: none was selected in dx, or it is out of reach

	err error // that of Reason
}

// resultJSON is what import prints with --json.
type resultJSON struct {
	Folder string       `json:"folder"`
	Tokens []imported   `json:"tokens"`
	Unread []unreadJSON `json:"unread"` // files and folders that were not read
}

type unreadJSON struct {
	File   string `json:"file"` // or folder
	Reason string `json:"reason"`
	Hint   string `json:"hint"` // what helps; empty: not known
}

// plainToken is a token with every file that it was found in.
type plainToken struct {
	server     string
	credential session.Credential
	files      []string
	project    string // ID of the one that was selected with it; may be empty
	folder     string // in the project
}

// plainTokens groups the copies by token.
func plainTokens(copies []dxenv.Copy) []plainToken {
	var tokens []plainToken
	for _, c := range copies {
		server := normalServer(c.Server)
		same := func(t plainToken) bool { return t.server == server && t.credential.Token.Equal(c.Token) }
		i := slices.IndexFunc(tokens, same)
		if i < 0 {
			i = len(tokens)
			tokens = append(tokens, plainToken{server: server, credential: session.Credential{Token: c.Token, Type: c.Type}})
		}
		tokens[i].files = append(tokens[i].files, c.Path)
		if tokens[i].project == "" {
			tokens[i].project, tokens[i].folder = c.Project, c.Folder
		}
	}
	return tokens
}

// normalServer returns an address in its normal form, or unchanged if it is not
// valid.
func normalServer(server string) string {
	if endpoint, err := config.ParseEndpoint(server); err == nil {
		return endpoint.URL()
	}
	return server
}

// target finds the auth server for an API server in dx's files. A configured auth
// server counts only if both are on this machine, so that a token never goes to
// another platform.
func (o options) target(server string) (connect.Target, error) {
	api, err := config.ParseEndpoint(server)
	if err != nil {
		return connect.Target{}, refusal.AsUsage(err)
	}
	named, err := o.authServer()
	if err != nil {
		return connect.Target{}, err
	}
	auth := config.AuthServerFor(api)
	if own, err := config.ParseEndpoint(named); err == nil && own.Loopback() && api.Loopback() {
		auth = own
	}
	return o.client.Servers.Checked(connect.Target{API: api, Auth: auth, Type: platform.TypeDNAnexus})
}

func (t plainToken) left(err error) imported {
	return imported{Server: t.server, Action: actionLeft, Reason: err.Error(), Files: t.files, err: err}
}

func (o options) show(result resultJSON) error {
	if o.JSON {
		return o.PrintJSON(result)
	}
	if len(result.Tokens) == 0 && len(result.Unread) == 0 {
		o.Message("Nothing to import: no token of dx in %s", result.Folder)
	}
	for _, token := range result.Tokens {
		o.showImported(token)
	}
	for _, u := range result.Unread {
		o.Warn("%s %s and was not read%s", u.File, u.Reason, inBrackets(u.Hint))
	}
	return nil
}

func (o options) showImported(token imported) {
	switch token.Action {
	case actionLeft:
		o.Warn("a token for %s stays in plain text: %s", token.Server, token.Reason)
	case actionImported:
		o.Message("%s: moved the token from dx's files to the %s store", token.Account, token.Store)
	default:
		o.Message("%s: the token %s", token.Account, token.Action)
	}
	for _, file := range token.Files {
		o.Message("  %s", file)
	}
	if token.Project != nil {
		o.Message("  selected project: %s", projectpick.PathText(*token.Project))
	}
	if token.Reason != "" && token.Action != actionLeft {
		o.Warn("a copy of the token remains: %s", token.Reason)
	}
}

func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// leftOver returns an error if the import left something in plain text.
func (o options) leftOver(result resultJSON) error {
	for _, token := range result.Tokens {
		if token.err != nil {
			kind := o.Classify(token.err).Code
			return refusal.New(kind, "not every token was imported").
				WithHint("fix the problems above and import again, or end the token with dx logout")
		}
	}
	if len(result.Unread) > 0 {
		return refusal.New(refusal.Internal, "not every file of dx was read").
			WithHint("fix the problems above and import again")
	}
	return nil
}
