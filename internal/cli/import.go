package cli

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/dxenv"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

func (a *app) importCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Take over the credential that dx keeps in plain text",
		Long: `Take over the tokens that dx keeps in plain text, in its folder and in those of
its shells: check each with its server, store it as login does, and take every
copy of it out of dx's files, where the other settings stay.

A token that can't be checked, or that its server does not accept, is left where
it is and reported. So are files that others can read or change, and symbolic
links.

The folder is that of DX_USER_CONF_DIR, else ~/.dnanexus_config.

dx itself is logged out then; run it with ` + a.Program + ` exec. When there is nothing to
take over, that is no error.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			i := importer{app: a, settle: a.takeOver}
			if dryRun {
				i.settle = a.preview
			}
			return i.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "check the tokens and show what would be done, but change nothing")
	cmd.Flags().String("store", "", "`STORE` for the credential, as with login")
	return cmd
}

// What becomes of a token.
const (
	actionImported = "imported"
	actionPreview  = "would be imported"
	actionStored   = "was stored already"
	actionLeft     = "left alone"
)

// imported is what became of one token.
type imported struct {
	Server  string   `json:"server"`
	Account string   `json:"account"` // USER@HOST; empty: not known
	Action  string   `json:"action"`  // one of the action constants
	Store   string   `json:"store"`   // empty: not stored
	Reason  string   `json:"reason"`  // why it is left in some file; empty: it is not
	Files   []string `json:"files"`   // where it was found

	err error // that of Reason
}

// importJSON is what import prints with --json.
type importJSON struct {
	Folder string       `json:"folder"`
	Tokens []imported   `json:"tokens"`
	Unread []unreadJSON `json:"unread"` // what was not looked into
}

type unreadJSON struct {
	Path string `json:"path"`
	Why  string `json:"why"`
	Fix  string `json:"fix"`
}

// plainToken is a token with every file that it was found in.
type plainToken struct {
	server     string
	credential session.Credential
	files      []string
}

// plainTokens puts the copies of each token together.
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
	}
	return tokens
}

// normalServer makes one of two spellings of an address; what is none stays.
func normalServer(server string) string {
	if endpoint, err := config.ParseEndpoint(server); err == nil {
		return endpoint.URL()
	}
	return server
}

// importer takes tokens over, one after the other.
type importer struct {
	*app
	accounts []string // that have their credential by now
	settle   func(context.Context, verified) imported
}

// verified is a token that its server takes.
type verified struct {
	plainToken
	target target
	holder platform.Holder
}

// name is that of the account that the token is for.
func (v verified) name() string {
	return credstore.Key{Host: v.target.api.Host(), User: v.target.kind.UserName(v.holder.User)}.String()
}

func (i *importer) run(ctx context.Context) error {
	dir, err := dxenv.Dir(i.Getenv, os.UserHomeDir)
	if err != nil {
		return err
	}
	copies, unread := dxenv.Find(dir)
	result := importJSON{Folder: dir, Tokens: []imported{}, Unread: []unreadJSON{}}
	for _, u := range unread {
		result.Unread = append(result.Unread, unreadJSON(u))
	}
	for _, token := range plainTokens(copies) {
		if ctx.Err() != nil {
			break // what is done already is told all the same
		}
		result.Tokens = append(result.Tokens, i.take(ctx, token))
	}
	err = errors.Join(i.makeCurrent(context.WithoutCancel(ctx), result.Tokens), i.showImport(result), ctx.Err())
	if err != nil {
		return err
	}
	return i.leftOver(result)
}

// take checks a token with its server before anything is done with it. The
// first token of an account is that of dx's own folder, which wins.
func (i *importer) take(ctx context.Context, token plainToken) imported {
	v, err := i.verify(ctx, token)
	if err != nil {
		return token.left(err)
	}
	name := v.name()
	if slices.Contains(i.accounts, name) {
		return token.left(refusal.New(refusal.Conflict, "it is another token of %s, and an account has one; end it with dx logout, or import again to have it replace the first", name))
	}
	done := i.settle(ctx, v)
	if done.Account = name; done.Action != actionLeft {
		i.accounts = append(i.accounts, name)
	}
	return done
}

func (i *importer) verify(ctx context.Context, token plainToken) (verified, error) {
	t, err := i.importTarget(token.server)
	if err != nil {
		return verified{}, err
	}
	if err := httpcall.ValidToken(token.credential.Token); err != nil {
		return verified{}, &refusal.Error{Code: refusal.WrongCredentials, Message: err.Error(), Err: err}
	}
	_, holder, err := i.invocation().Servers(i.invocation().Console()).VerifyToken(ctx, t.kit(), token.credential)
	if err != nil {
		return verified{}, err
	}
	return verified{plainToken: token, target: t, holder: holder}, nil
}

// importTarget finds the auth server of an API server in dx's files. For one on
// this machine dx has it in variables. What is set for another platform does
// not get this token.
func (a *app) importTarget(server string) (target, error) {
	api, err := config.ParseEndpoint(server)
	if err != nil {
		return target{}, usageError(err)
	}
	auth := config.AuthServerFor(api)
	if own, err := config.ParseEndpoint(a.settings.AuthServer); err == nil && own.Loopback() && api.Loopback() {
		auth = own
	}
	return a.checked(target{api: api, auth: auth, kind: platform.TypeDNAnexus})
}

func (t plainToken) left(err error) imported {
	return imported{Server: t.server, Action: actionLeft, Reason: err.Error(), Files: t.files, err: err}
}

// preview is takeOver without anything done.
func (a *app) preview(ctx context.Context, v verified) imported {
	action := actionPreview
	if a.isStored(ctx, v) {
		action = actionStored
	}
	return imported{Server: v.server, Action: action, Files: v.files}
}

// takeOver stores a token, then scrubs the files: it is never in no place. A
// session that is stored with this token already stays what it is.
func (a *app) takeOver(ctx context.Context, v verified) imported {
	done := imported{Server: v.server, Action: actionStored, Files: v.files}
	if !a.isStored(ctx, v) {
		account, err := a.storeToken(ctx, v)
		if err != nil {
			return v.left(err)
		}
		done.Action, done.Store = actionImported, account.Store
	}
	for _, file := range v.files {
		done.err = errors.Join(done.err, dxenv.Scrub(file, v.credential.Token))
	}
	if done.err != nil {
		done.Reason = done.err.Error()
	}
	return done
}

// isStored opens the store of an account that is signed in already; one that
// can't be read has the token stored again.
func (a *app) isStored(ctx context.Context, v verified) bool {
	account, err := a.book.Find(session.Choice{Account: v.name(), Server: v.target.api.URL()})
	if err != nil {
		return false
	}
	stored, err := a.book.Credential(ctx, account)
	return err == nil && stored.Token.Equal(v.credential.Token)
}

func (a *app) storeToken(ctx context.Context, v verified) (session.Account, error) {
	store, _, err := credstore.Open(ctx, a.storeConfig())
	if err != nil {
		return session.Account{}, err
	}
	account := newAccount(v.target, v.holder.User, store)
	account.Kind, account.Created, account.Expires = session.Token, a.Now().UTC(), v.holder.Expires
	replaced, err := a.book.Save(ctx, account, v.credential)
	if err != nil {
		return session.Account{}, err
	}
	a.endReplaced(ctx, v.target, replaced)
	return account, nil
}

// makeCurrent leaves the first of several as the current account: it is what dx
// worked with.
func (i *importer) makeCurrent(ctx context.Context, tokens []imported) error {
	isNew := func(t imported) bool { return t.Action == actionImported }
	first := slices.IndexFunc(tokens, isNew)
	if first < 0 {
		return nil
	}
	_, err := i.book.Switch(ctx, tokens[first].Account)
	return err
}

func (a *app) showImport(result importJSON) error {
	if a.settings.JSON {
		return a.printJSON(result)
	}
	if len(result.Tokens) == 0 && len(result.Unread) == 0 {
		a.term.Message("There is nothing to take over: no token of dx is in %s", result.Folder)
	}
	for _, token := range result.Tokens {
		a.showImported(token)
	}
	for _, u := range result.Unread {
		a.term.Warn("%s %s and was not looked into%s", u.Path, u.Why, inBrackets(u.Fix))
	}
	return nil
}

func (a *app) showImported(token imported) {
	switch token.Action {
	case actionLeft:
		a.term.Warn("a token for %s is left in plain text: %s", token.Server, token.Reason)
	case actionImported:
		a.term.Message("%s: the token is in the %s store now and was taken out of dx's files", token.Account, token.Store)
	default:
		a.term.Message("%s: the token %s", token.Account, token.Action)
	}
	for _, file := range token.Files {
		a.term.Message("  %s", file)
	}
	if token.Reason != "" && token.Action != actionLeft {
		a.term.Warn("a copy of the token is left: %s", token.Reason)
	}
}

func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// leftOver is the failure of an import that left something in plain text.
func (a *app) leftOver(result importJSON) error {
	for _, token := range result.Tokens {
		if token.err != nil {
			kind := a.failureOf(token.err).Code
			return refusal.New(kind, "not every token was taken over").
				WithHint("put right what is said above and import again, or end the token with dx logout")
		}
	}
	if len(result.Unread) > 0 {
		return refusal.New(refusal.Internal, "not every file of dx was looked into").
			WithHint("put right what is said above and import again")
	}
	return nil
}
