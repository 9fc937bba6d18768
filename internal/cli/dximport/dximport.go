// Package dximport has the command import, which takes over the tokens that dx keeps in plain
// text.
//
// It promises that a token is checked with its server and stored before it is removed from a
// file, so that a token is never lost; that files which others can read or change are left
// alone; and that dx's other settings stay as they are.
package dximport

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/projectpick"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/dxenv"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

// options are the flags of import, and what it uses.
type options struct {
	*kit.Console
	client     *kit.Client
	getenv     func(string) string
	authServer func() (string, error) // of the settings
	dryRun     bool
	seal       bool
}

// Import returns the command import.
func Import(env kit.Env) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Import the tokens that dx keeps in plain text",
		Long: `Import the tokens that dx keeps in plain text, in its folder and in those of its
shells: check each with its server, store it as login does, with the project and
folder that dx has selected, and remove every copy of it from dx's files. The
other settings there stay.

A token that can't be checked, or that its server does not accept, is reported
and not touched. The same applies to files that others can read or change, and
to symbolic links.

The folder is that of DX_USER_CONF_DIR, else ~/.dnanexus_config.

Afterwards dx itself is logged out; run it with ` + env.Program + ` exec. It is not an error
if there is nothing to import.`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			o.Console = inv.Console()
			o.client, o.getenv, o.authServer = inv.Client(o.Console), inv.Getenv, inv.Settings.AuthServer
			return o.run(ctx)
		}),
	}
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "check the tokens and show what would change, but change nothing")
	cmd.Flags().BoolVar(&o.seal, "seal", false, "seal the credential, so that it opens only until it ends or this machine restarts")
	cmd.Flags().String("store", "", "`STORE` for the credential, as with login")
	return cmd
}

func (o options) run(ctx context.Context) error {
	dir, err := dxenv.Dir(o.getenv, os.UserHomeDir)
	if err != nil {
		return err
	}
	copies, unread := dxenv.Find(dir)
	result := resultJSON{Folder: dir, Tokens: []imported{}, Unread: []unreadJSON{}}
	for _, u := range unread {
		result.Unread = append(result.Unread, unreadJSON{File: u.Path, Reason: u.Why, Hint: u.Fix})
	}
	tokens := plainTokens(copies)
	if len(tokens) > 0 && !o.dryRun {
		if err := o.client.Accounts.CheckWrite(ctx); err != nil {
			return err
		}
	}
	var accounts []string // whose token is imported
	for _, token := range tokens {
		if ctx.Err() != nil {
			break // what was done so far is still shown
		}
		done := o.take(ctx, token, accounts)
		if done.Account != "" && done.Action != actionLeft {
			accounts = append(accounts, done.Account)
		}
		result.Tokens = append(result.Tokens, done)
	}
	err = errors.Join(o.makeCurrent(context.WithoutCancel(ctx), result.Tokens), o.show(result), ctx.Err())
	if err != nil {
		return err
	}
	return o.leftOver(result)
}

// verified is a token that its server accepts.
type verified struct {
	plainToken
	target   connect.Target
	holder   platform.Holder
	selected *session.Project // nil: none
}

// name returns the name of the account that the token belongs to.
func (v verified) name() string {
	return credstore.Key{Host: v.target.API.Name(), User: v.target.Type.UserName(v.holder.User)}.String()
}

// take checks a token with its server and imports it. For each account it imports
// only the first token, which is that of dx's own folder.
func (o options) take(ctx context.Context, token plainToken, accounts []string) imported {
	v, err := o.verify(ctx, token)
	if err != nil {
		return token.left(err)
	}
	name := v.name()
	if slices.Contains(accounts, name) {
		return token.left(refusal.New(refusal.Denied, "it is a second token of %s; end it with dx logout, or import again to replace the first one", name))
	}
	var done imported
	if o.dryRun {
		done = o.preview(ctx, v)
	} else {
		done = o.takeOver(ctx, v)
	}
	done.Account = name
	return done
}

func (o options) verify(ctx context.Context, token plainToken) (verified, error) {
	t, err := o.target(token.server)
	if err != nil {
		return verified{}, err
	}
	if err := httpcall.ValidToken(token.credential.Token); err != nil {
		return verified{}, refusal.New(refusal.WrongCredentials, "%s", err).Wrap(err)
	}
	p, holder, err := o.client.Servers.VerifyToken(ctx, t, token.credential)
	if err != nil {
		return verified{}, err
	}
	found := verified{plainToken: token, target: t, holder: holder}
	if token.project != "" {
		found.selected = projectpick.SelectedInDX(ctx, o.Console, p, token.project, token.folder)
	}
	return found, nil
}

// preview returns what takeOver would do.
func (o options) preview(ctx context.Context, v verified) imported {
	action := actionPreview
	if o.isStored(ctx, v) {
		action = actionStored
	}
	return imported{Server: v.server, Action: action, Files: v.files, Project: v.selected}
}

// takeOver stores a token before it scrubs the files, so that the token is never
// lost. If the account has this token already, it does not change.
func (o options) takeOver(ctx context.Context, v verified) imported {
	done := imported{Server: v.server, Action: actionStored, Files: v.files}
	if !o.isStored(ctx, v) {
		store, err := o.openStore(ctx)
		if err != nil {
			return v.left(err)
		}
		account := o.client.TokenAccount(v.target, v.holder, store)
		account.AlwaysSeal = o.seal
		if err := o.client.SaveToken(ctx, v.target, account, v.credential); err != nil {
			return v.left(err)
		}
		done.Action, done.Store, done.Project = actionImported, account.Store, v.selected
		if v.selected != nil {
			done.err = o.client.Accounts.SelectProject(ctx, account, v.selected)
		}
	}
	for _, file := range v.files {
		if privatefile.Names(file) > 1 {
			o.Warn("%s has another name (a hard link), under which the token stays: erase it there, or revoke it", file)
		}
		done.err = errors.Join(done.err, dxenv.Scrub(file, v.credential.Token))
	}
	if done.err != nil {
		done.Reason = done.err.Error()
	}
	return done
}

// openStore selects the store, and checks that the credential can be sealed there if a
// flag asks for it.
func (o options) openStore(ctx context.Context) (credstore.Store, error) {
	config, err := o.client.Accounts.StoreConfig()
	if err != nil {
		return nil, err
	}
	store, _, err := credstore.Open(ctx, config)
	if err != nil || !o.seal {
		return store, err
	}
	return store, o.client.Accounts.RequireSeal(store.Name())
}

// isStored reports whether the account has this token already. If its store can't
// be read, it reports false, so that the token is stored again.
func (o options) isStored(ctx context.Context, v verified) bool {
	accounts := o.client.Accounts
	account, err := accounts.Find(session.Choice{Account: v.name(), Server: v.target.API.URL()})
	if err != nil {
		return false
	}
	stored, err := accounts.Credential(ctx, account)
	return err == nil && stored.Token.Equal(v.credential.Token)
}

// makeCurrent makes the first imported account the current one: it is the one that
// dx used.
func (o options) makeCurrent(ctx context.Context, tokens []imported) error {
	isNew := func(t imported) bool { return t.Action == actionImported }
	first := slices.IndexFunc(tokens, isNew)
	if first < 0 {
		return nil
	}
	_, err := o.client.Accounts.Switch(ctx, tokens[first].Account)
	return err
}
