package doctor

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/failure"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/dxenv"
	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/session"
)

// checkSettings shows every setting with its origin. None is a secret.
func (o doctorOptions) checkSettings(broken []error) []finding {
	var found []finding
	for _, err := range broken {
		found = append(found, bad("settings", "fix this first; the checks below use the default instead", "%s", err))
	}
	for _, setting := range o.settings.All() {
		value := setting.Value
		if value == "" {
			value = "not set"
		}
		found = append(found, ok("setting", "%s: %s (%s)", setting.Name, value, setting.Origin))
	}
	path := o.settings.ConfigFile()
	if path == "" { // there is no home directory
		return found
	}
	return append(found, checkConfigFile(path))
}

func checkConfigFile(path string) finding {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ok("config file", "%s does not exist (it is optional)", path)
	case err != nil:
		return bad("config file", "make it readable, or move it away", "%s", err)
	}
	var unsafe *privatefile.UnsafeError
	if errors.As(privatefile.Check(path, info, privatefile.Change), &unsafe) {
		return bad("config file", "chmod go-w "+path, "%s %s: they can choose the server that gets your password", path, unsafe.Why)
	}
	return ok("config file", "%s", path)
}

// checkFolders checks the permissions of the state folder and everything in it.
func (o doctorOptions) checkFolders(context.Context) []finding {
	dir, err := o.settings.StateDir()
	if err != nil { // one of the problems with the settings
		return nil
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return []finding{bad("state", "name another folder with DXAUTH_STATE_DIR", "%s is not a folder", dir)}
	}
	var found []finding
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		found = append(found, checkState(path, info)...)
		return nil
	})
	switch {
	case errors.Is(err, fs.ErrNotExist) && len(found) == 0:
		return []finding{ok("state", "%s does not exist yet", dir)}
	case err != nil && !errors.Is(err, fs.ErrNotExist): // a file that was removed in the meantime needs no check
		found = append(found, bad("state", "make the folder readable for you, or name another one with DXAUTH_STATE_DIR", "%s", err))
	}
	if len(found) > 0 {
		return found
	}
	if !privatefile.ChecksAccess {
		return []finding{ok("state", "%s: who can read it was not checked; by default, Windows lets only you and administrators", dir)}
	}
	return []finding{ok("state", "%s is private", dir)}
}

func checkState(path string, info fs.FileInfo) []finding {
	var unsafe *privatefile.UnsafeError
	switch {
	case errors.As(privatefile.Check(path, info, privatefile.Change), &unsafe):
		return []finding{bad("state", "chmod go-rwx "+path, "%s %s", path, unsafe.Why)}
	case errors.As(privatefile.Check(path, info, privatefile.ReadOrChange), &unsafe):
		return []finding{warn("state", "chmod go-rwx "+path, "%s %s", path, unsafe.Why)}
	default:
		return nil
	}
}

// checkStores probes every store and shows which one a login would use.
func (o doctorOptions) checkStores(ctx context.Context) []finding {
	config, err := o.client.Accounts.StoreConfig()
	var found []finding
	if !config.FilesOnly {
		found = o.checkBus(ctx)
	}
	if err != nil { // one of the problems with the settings
		return found
	}
	names := []string{credstore.KeyringName, credstore.KernelName, credstore.AgeName, credstore.PlaintextName}
	if config.Want != credstore.Auto && !slices.Contains(names, config.Want) {
		names = append(names, config.Want)
	}
	var probes []credstore.Probe
	for _, name := range names {
		store, err := credstore.ByName(name, config)
		if err != nil {
			found = append(found, bad("store", "see "+o.Program+" help stores", "%s", err))
			continue
		}
		probe := store.Probe(ctx)
		probes = append(probes, probe)
		found = append(found, o.checkStore(probe))
	}
	found = append(found, o.checkSeal())
	account, _ := o.client.Accounts.Wanted() // without an account, no store is preferred
	name, because, err := credstore.Choose(config.Want, account.Store, probes, o.client.Accounts.CanUnlock())
	if err != nil {
		return append(found, bad("store", "see "+o.Program+" help stores", "no store is usable for a login: %s", err))
	}
	if name == credstore.PlaintextName {
		return append(found, warn("store", "choose another store with --store, DXAUTH_STORE or the settings file", "a login uses the store %s", because))
	}
	return append(found, ok("store", "a login uses the store %s", because))
}

// checkStore warns of a store that does not work. A store that is not available is
// not a problem.
func (o doctorOptions) checkStore(probe credstore.Probe) finding {
	if probe.Outcome == credstore.Declined || probe.Outcome == credstore.Unresponsive {
		return warn("store", "see "+o.Program+" help stores", "%s", probe)
	}
	return ok("store", "%s", probe)
}

// checkSeal shows whether the kernel can end what the keyring holds. Where it can't,
// there is nothing to do about it.
func (o doctorOptions) checkSeal() finding {
	if err := o.client.Accounts.CheckSeal(); err != nil {
		return ok("seal", "not possible (%s): a session that has ended stays in the keyring until the next command", err)
	}
	return ok("seal", "sessions in the keyring open only until they end")
}

// checkBus shows which program provides the keyring. A missing keyring is not a
// problem as long as another store can be used.
func (o doctorOptions) checkBus(ctx context.Context) []finding {
	bus, program, err := credstore.KeyringService(ctx)
	var found []finding
	if bus != "" {
		found = append(found, ok("bus", "%s", bus))
	}
	switch {
	case errors.Is(err, credstore.ErrNoBus):
		return append(found, ok("bus", "%s", err))
	case errors.Is(err, credstore.ErrNoKeyringService):
		return append(found, ok("keyring", "%s now; the bus may start one", err))
	case errors.Is(err, credstore.ErrForeignBus):
		return append(found, warn("bus", credstore.ForeignBusAdvice, "%s", err))
	case err != nil:
		return append(found, warn("bus", "log in to the desktop again, or unset DBUS_SESSION_BUS_ADDRESS", "the bus does not respond: %s", err))
	default:
		return append(found, ok("keyring", "provided by %s", program))
	}
}

// checkAccounts shows the signed-in accounts, when they end, and which one is used.
func (o doctorOptions) checkAccounts(context.Context) []finding {
	if _, err := o.settings.StateDir(); err != nil { // one of the problems with the settings
		return nil
	}
	accounts, current, err := o.client.Accounts.Accounts()
	switch {
	case err != nil:
		return []finding{bad("account", cmp.Or(o.Classify(err).Hint, "move the file away and log in again"), "%s", err)}
	case len(accounts) == 0:
		return []finding{ok("account", "no account is logged in")}
	}
	var found []finding
	if len(accounts) > 1 {
		found = append(found, ok("account", "%d accounts are logged in; %s is the current one (choose with %s switch or --account)", len(accounts), current, o.Program))
	}
	for _, account := range accounts {
		found = append(found, o.checkAccount(account))
	}
	if _, err := o.client.Accounts.Wanted(); err != nil {
		found = append(found, warn("account", failure.LoginHint(o.Program)+", or choose another one", "%s", err))
	}
	return found
}

func (o doctorOptions) checkAccount(account session.Account) finding {
	if reason := o.client.Accounts.EndReason(account); reason != "" {
		return warn("account", failure.LoginHint(o.Program), "the %s of %s has ended (%s)", account.Kind, account.Name(), reason)
	}
	if err := o.client.Accounts.LookSealed(account); err != nil {
		return warn("account", failure.LoginHint(o.Program)+" to replace it", "%s", err)
	}
	sealed := o.client.Accounts.SealText(account)
	if account.Store == credstore.PlaintextName {
		return warn("account", "log in again with another --store", "%s: %s, in the %s store, unencrypted%s; %s", account.Name(), account.Kind, account.Store, sealed, o.ends(account))
	}
	return ok("account", "%s: %s, in the %s store%s; %s", account.Name(), account.Kind, account.Store, sealed, o.ends(account))
}

func (o doctorOptions) ends(account session.Account) string {
	return "ends " + format.Deadline(account.Expires, o.Now(), "unknown") + ", when idle " + format.Deadline(o.client.Accounts.IdleDeadline(account), o.Now(), "never")
}

// checkEnvironment names the variables that hold a credential, never their values.
func (o doctorOptions) checkEnvironment(ctx context.Context) []finding {
	var found []finding
	used, any, err := config.CredentialFromEnv(ctx, o.getenv)
	if err != nil {
		found = append(found, bad("environment", "unset the variable, or put a token into it", "%s", err))
	}
	var names []string
	for _, name := range []string{"DXAUTH_TOKEN", "DXAUTH_TOKEN_FILE", "DX_API_TOKEN", "DX_SECURITY_CONTEXT", "DX_AUTH_TOKEN"} {
		if strings.TrimSpace(o.getenv(name)) != "" {
			names = append(names, name)
		}
	}
	switch {
	case o.getenv(kit.ExecVariable) != "":
		found = append(found, ok("environment", "running inside exec, which has set %s", strings.Join(names, ", ")))
	case any && o.isOwn(used):
		found = append(found, ok("environment", "%s has the credential of an account that is logged in here (set: %s)", used.Origin, strings.Join(names, ", ")))
	case any:
		found = append(found, warn("environment", "unset it if this is not intended: every program started here can read it",
			"%s signs you in and takes precedence over accounts (set: %s)", used.Origin, strings.Join(names, ", ")))
	case err == nil && len(names) > 0:
		found = append(found, ok("environment", "%s: set, but does not sign you in", strings.Join(names, ", ")))
	case err == nil:
		found = append(found, ok("environment", "no variable holds a credential"))
	}
	return found
}

func (o doctorOptions) isOwn(credential config.EnvCredential) bool {
	_, isOwn := o.client.Accounts.Own(credential)
	return isOwn
}

// checkLeftovers looks for tokens of dx in plain text.
func (o doctorOptions) checkLeftovers(context.Context) []finding {
	dir, err := dxenv.Dir(o.getenv, os.UserHomeDir)
	if err != nil {
		return []finding{warn("leftovers", "set DX_USER_CONF_DIR or HOME", "the folder of dx is unknown: %s", err)}
	}
	copies, unread := dxenv.Find(dir)
	var found []finding
	for _, c := range copies {
		found = append(found, warn("leftovers", "run "+o.Program+" import, or dx logout", "%s has a token for %s in plain text", c.Path, c.Server))
	}
	for _, u := range unread {
		found = append(found, warn("leftovers", u.Fix, "%s %s and was not checked", u.Path, u.Why))
	}
	if len(found) == 0 {
		return []finding{ok("leftovers", "no token of dx in %s", dir)}
	}
	return found
}
