package kit

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/credseal"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/machine"
	"github.com/dxauth/dxauth/internal/namecache"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Accounts holds the accounts that are signed in on this machine, and their
// credential stores.
type Accounts struct {
	*session.AccountIndex
	settings    config.Settings
	getenv      func(string) string
	console     *Console
	storeConfig func() credstore.Config
	names       namecache.Cache
	warnOfFlag  func() // at most once
}

// Accounts returns the accounts. If a store needs a passphrase, the console asks
// for it once.
func (inv Invocation) Accounts(console *Console) *Accounts {
	a := &Accounts{settings: inv.Settings, getenv: inv.Getenv, console: console}
	a.storeConfig = sync.OnceValue(a.newStoreConfig)
	a.warnOfFlag = sync.OnceFunc(a.warnExposed)
	dir, noDir := inv.Settings.StateDir()
	idle, _ := inv.Settings.IdleTimeout() // CheckIdle returns the error
	if noDir == nil {
		a.names = namecache.Cache{Dir: filepath.Join(dir, "names")}
	}
	a.AccountIndex = session.NewAccountIndex(session.Config{
		Dir: dir, NoDir: noDir, Now: inv.Now, Uptime: machine.Now, Ancestors: sync.OnceValue(session.Ancestors), Idle: idle, Seal: a.sealer(),
		OpenStore: func(name string) (credstore.Store, error) { return credstore.ByName(name, a.storeConfig()) },
		Removed:   func(remaining []string) { _ = a.names.EraseOthers(remaining) }, // the next removal tries again
	})
	return a
}

// sealer returns what seals stored credentials, or nil in a sandbox, which puts nothing
// into keyrings of the user.
func (a *Accounts) sealer() *credseal.Sealer {
	if a.isSandboxed() {
		return nil
	}
	return &credseal.Sealer{Keys: credseal.KernelKeys{}, Random: rand.Reader, Place: machine.Here()}
}

func (a *Accounts) isSandboxed() bool { return a.getenv("DXAUTH_SANDBOX_DIR") != "" }

// Wanted returns the account that the settings name, otherwise the current one.
func (a *Accounts) Wanted() (session.Account, error) {
	account, err := a.settings.Account()
	if err != nil {
		return session.Account{}, err
	}
	server, err := a.settings.Server()
	if err != nil {
		return session.Account{}, err
	}
	found, err := a.Find(session.Choice{Account: account, Server: server})
	return found, a.explainNotSignedIn(account, err)
}

// CheckIdle returns an error if the setting of the idle limit is wrong: no session is
// used or made whose end is not known.
func (a *Accounts) CheckIdle() error {
	_, err := a.settings.IdleTimeout()
	return err
}

// FromEnvironment returns the credential in the environment, if the command uses
// it: an account that is named by a flag or variable takes precedence.
func (a *Accounts) FromEnvironment(ctx context.Context) (credential config.EnvCredential, found bool, err error) {
	credential, found, err = config.CredentialFromEnv(ctx, a.getenv)
	if err != nil || !credential.IsFlag() {
		return credential, found && !a.named(), config.Wrong(err)
	}
	a.warnOfFlag()
	switch {
	case a.settings.Origin("account").Kind == config.KindFlag:
		err = refusal.Usagef("--account and %s exclude each other", credential.Origin)
	case !found:
		err = session.ErrNotSignedIn // PUBLIC, as dx calls it
	}
	return credential, found, err
}

// Own is the stored account to which a credential of the environment belongs.
type Own struct {
	session.Account
	IsCurrent bool // the credential is the stored one; otherwise it was that of a former session
}

// Own returns the account to which a credential of the environment belongs, as after
// eval "$(dxauth env --bash)". Such a credential stands for the account: commands then
// act for it. There is none for a credential in a flag, nor for the command of exec,
// which must not renew the session of the user, nor if the settings name another
// server, to which the credential was not given.
func (a *Accounts) Own(credential config.EnvCredential) (own Own, found bool) {
	if credential.IsFlag() || a.getenv(ExecVariable) != "" {
		return Own{}, false
	}
	server, err := a.settings.Server()
	if err != nil {
		return Own{}, false
	}
	own.Account, own.IsCurrent, found = a.Recognize(session.Credential{Token: credential.Token, Type: credential.Type})
	return own, found && (server == "" || server == own.Server)
}

// warnExposed warns of a credential in a flag.
func (a *Accounts) warnExposed() {
	a.console.Warn("a token on the command line can be seen by others on this machine and stays in the shell's history; put it into DX_SECURITY_CONTEXT, or store it with %s login --token -", a.console.Program)
}

// named reports whether a flag or variable names an account. A credential in the
// environment takes precedence over an account in the settings file.
func (a *Accounts) named() bool {
	kind := a.settings.Origin("account").Kind
	return kind == config.KindFlag || kind == config.KindEnvironment
}

// WarnIfOverridden warns if the next commands will not act for an account that was
// just signed in or chosen, because the environment or the settings file says
// otherwise.
func (a *Accounts) WarnIfOverridden(ctx context.Context, account session.Account) {
	if used := a.variable(ctx); used.Origin != "" && !a.named() {
		a.warnOfVariable(used, account)
		return
	}
	if a.isElsewhere("account", a.settings.Account, account.IsNamed) {
		a.console.Warn("%s names another account and overrides the current one", a.settings.Origin("account"))
		return
	}
	if a.isElsewhere("server", a.settings.Server, func(server string) bool { return server == account.Server }) {
		a.console.Warn("%s names another server: commands act for %s only with --server %s", a.settings.Origin("server"), account.Name(), account.Server)
	}
}

// warnOfVariable warns of a variable with the credential of the next command, unless
// that is the account's.
func (a *Accounts) warnOfVariable(used config.EnvCredential, account session.Account) {
	own, isOwn := a.Own(used)
	switch {
	case !isOwn || own.Name() != account.Name():
		a.console.Warn("commands use the token in %s instead: unset %s to act as %s", used.Origin, used.Origin, account.Name())
	case !own.IsCurrent:
		a.warnFormer(used.Origin, account)
	}
}

// warnFormer warns of a variable with the token of a session that has ended.
func (a *Accounts) warnFormer(variable string, account session.Account) {
	a.console.Warn(`the token in %s is that of an earlier session of %s: for other programs in this shell, run eval "$(%s env --bash)"`,
		variable, account.Name(), a.console.Program)
}

// variable returns the credential of the next command, if a variable has it; with
// DXAUTH_TOKEN_FILE, only its name. It reads no file, which may be a pipe.
func (a *Accounts) variable(ctx context.Context) config.EnvCredential {
	const file = "DXAUTH_TOKEN_FILE"
	if a.getenv("DXAUTH_TOKEN") == "" && a.getenv(file) != "" {
		return config.EnvCredential{Origin: file}
	}
	found, _, _ := config.CredentialFromEnv(ctx, func(name string) string {
		if name == file || strings.HasPrefix(name, "--") {
			return ""
		}
		return a.getenv(name)
	})
	return found
}

// isElsewhere reports whether a setting that the next command has, too, has a value
// that does not fit.
func (a *Accounts) isElsewhere(setting string, read func() (string, error), fits func(string) bool) bool {
	value, err := read()
	isFlag := a.settings.Origin(setting).Kind == config.KindFlag
	return err == nil && value != "" && !isFlag && !fits(value)
}

// IdleDeadline returns when an account's session ends if it is not used, or the
// zero time if it has no idle limit.
func (a *Accounts) IdleDeadline(account session.Account) time.Time {
	limit := a.IdleLimit(account)
	if limit == 0 || account.LastUsed.IsZero() {
		return time.Time{}
	}
	return account.LastUsed.Add(limit)
}

// Deadline returns when an account's credential ends if it is not used, or the zero time
// if that is not known.
func (a *Accounts) Deadline(account session.Account) time.Time {
	idle := a.IdleDeadline(account)
	if account.Expires.IsZero() || !idle.IsZero() && idle.Before(account.Expires) {
		return idle
	}
	return account.Expires
}

// RequireSeal returns an error if a credential in a store can't be sealed although the
// flag --seal asks for it. The kernel's store needs no seal: it drops its items itself.
func (a *Accounts) RequireSeal(store string) error {
	if store == credstore.KernelName {
		return nil
	}
	if err := a.CheckSeal(); err != nil {
		return refusal.New(refusal.StoreUnavailable, "--seal: %s", err).
			WithHint("store it without --seal, and see " + a.console.Program + " help stores")
	}
	return nil
}

// IsLocked reports whether the stored credential of an account is sealed and can't be
// opened here and now, although the session has not ended.
func (a *Accounts) IsLocked(account session.Account) bool {
	err := a.LookSealed(account)
	return err != nil && a.EndReasonUnread(account, err) == ""
}

// SealText says whether the stored credential of an account is sealed, if it should be:
// text to add to the name of its store.
func (a *Accounts) SealText(account session.Account) string {
	switch {
	case account.Sealed != nil && a.LookSealed(account) != nil:
		return ", sealed and locked"
	case account.Sealed != nil:
		return ", sealed"
	case !a.ShouldBeSealed(account):
		return ""
	}
	if err := a.CheckSeal(); err != nil {
		return ", not sealed: " + err.Error()
	}
	return ", not sealed yet"
}

// ExportedProject is the variable with the project that env exported, so that it does
// not count as a choice of the user.
const ExportedProject = "DXAUTH_EXPORTED_PROJECT"

// ExportsAnother reports whether other programs in this shell use another project than
// the given one, because env exported it.
func (a *Accounts) ExportsAnother(id string) bool {
	return a.settings.Project != "" && a.settings.Project != id && a.settings.Project == a.getenv(ExportedProject)
}

// Project returns the project of the environment, otherwise the one selected for
// the account, or nil.
func (a *Accounts) Project(account session.Account) *session.Project {
	isExported := a.settings.Project == a.getenv(ExportedProject) && account.Signature != "" // of a stored account
	if a.settings.Project == "" || isExported {
		return account.Project
	}
	if selected := account.Project; selected != nil && selected.ID == a.settings.Project {
		return selected
	}
	return &session.Project{ID: a.settings.Project, Folder: "/"}
}

// StoreConfig returns the configuration of the credential stores for a new credential.
func (a *Accounts) StoreConfig() (credstore.Config, error) {
	config := a.storeConfig()
	var err error
	if config.Want, err = a.settings.Store(); err != nil {
		return config, err
	}
	config.Dir, err = a.settings.StateDir()
	return config, err
}

// newStoreConfig returns the configuration of the stores of the accounts that are
// signed in. Without a state folder there are none.
func (a *Accounts) newStoreConfig() credstore.Config {
	dir, _ := a.settings.StateDir()
	return credstore.Config{
		Dir: dir, FilesOnly: a.isSandboxed(),
		CanUnlock: a.CanUnlock(), Passphrase: a.passphrase(),
	}
}

// OpenStore selects the store for a login to a server. It is never weaker than
// that of the last login there.
func (a *Accounts) OpenStore(ctx context.Context, t connect.Target) (store credstore.Store, reason string, err error) {
	if err := a.CheckIdle(); err != nil {
		return nil, "", err
	}
	if err := a.CheckWrite(ctx); err != nil {
		return nil, "", err
	}
	config, err := a.StoreConfig()
	if err != nil {
		return nil, "", err
	}
	if config.Known, err = a.LastStore(t.API.URL()); err != nil {
		return nil, "", err
	}
	config.Unlocking = func(store string) {
		a.console.Message("Waiting for you to unlock the %s in its own window", store)
	}
	return credstore.Open(ctx, config)
}

// CanUnlock reports whether a keyring may ask for its password, which takes a
// terminal and a display.
func (a *Accounts) CanUnlock() bool {
	display := a.getenv("DISPLAY") != "" || a.getenv("WAYLAND_DISPLAY") != ""
	return display && a.console.CanAsk() == nil
}

// passphrase returns the source of the passphrase for the store age, or nil
// without a terminal.
func (a *Accounts) passphrase() credstore.Passphrase {
	switch {
	case a.settings.PassphraseFile != "":
		return credstore.PassphraseFile(a.settings.PassphraseFile).Once()
	case a.console.CanAsk() == nil:
		return credstore.Passphrase(a.console.passphrase).Once()
	default:
		return nil
	}
}

// passphrase asks for a passphrase, twice if it is for a new file.
func (c *Console) passphrase(ctx context.Context, confirm bool) (secret.Text, error) {
	first, err := c.Secret(ctx, "Passphrase of the credential file: ")
	if err != nil || !confirm {
		return first, err
	}
	again, err := c.Secret(ctx, "The same passphrase again: ")
	if err != nil {
		return secret.Text{}, err
	}
	if !first.Equal(again) {
		return secret.Text{}, refusal.New(refusal.WrongCredentials, "the passphrases do not match; nothing was stored").WithHint("try again")
	}
	return first, nil
}
