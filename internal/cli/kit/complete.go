package kit

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/namecache"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// Completion is a kind of values that a shell offers on TAB for an argument or a flag.
type Completion string

// The kinds. The names are those that lists had before.
const (
	CompleteProjects   Completion = "projects" // with folders after a colon
	CompleteScope      Completion = "scope"    // a project, with a level after an equals sign
	CompleteAccounts   Completion = "accounts"
	CompleteTokens     Completion = "tokens"
	CompleteSessions   Completion = "sessions"
	CompleteOrgs       Completion = "orgs"
	CompleteIdentities Completion = "identities"
	CompleteFiles      Completion = "files"
	CompletePrograms   Completion = "programs"          // then files
	CompletionKey                 = "dxauth_completion" // of the annotation with the kind
	CompletionValueKey            = "dxauth_values"     // of the annotation with all values
)

// CompleteArgs says what is offered for the arguments of a command.
func CompleteArgs(cmd *cobra.Command, kind Completion) *cobra.Command {
	cmd.Annotations = map[string]string{CompletionKey: string(kind)}
	return cmd
}

// CompleteFlag says what is offered for the value of a flag.
func CompleteFlag(flags *pflag.FlagSet, name string, kind Completion) {
	_ = flags.SetAnnotation(name, CompletionKey, []string{string(kind)}) // fails for unknown flags only
}

// CompleteValues says what values a flag can have.
func CompleteValues(flags *pflag.FlagSet, name string, values ...string) {
	_ = flags.SetAnnotation(name, CompletionValueKey, values) // fails for unknown flags only
}

// CompleteLevels says that a flag takes a level of access to projects.
func CompleteLevels(flags *pflag.FlagSet, name string) {
	var levels []string
	for _, level := range dnanexus.Levels() {
		levels = append(levels, string(level))
	}
	CompleteValues(flags, name, levels...)
}

// Remember notes names of the account's things for completion, unless the credential
// is that of the environment. Everything works without them, so a failure is silent.
func (a *Accounts) Remember(in SignedIn, change func(*namecache.Names)) {
	if !in.Stored || a.names.Update(in.Account.Name(), change) != nil {
		return
	}
	// A logout may have erased the names in the meantime.
	if accounts, _, err := a.Accounts(); err == nil && !slices.ContainsFunc(accounts, func(other session.Account) bool { return other.Name() == in.Account.Name() }) {
		_ = a.names.Erase(in.Account.Name())
	}
}

// KnownNames returns the names that were noted for the account that the settings name,
// otherwise the current one. It asks no server and opens no store. The names of sessions
// that have ended are erased.
func (a *Accounts) KnownNames() namecache.Names {
	if a.CheckIdle() != nil {
		return namecache.Names{}
	}
	accounts, _, err := a.Accounts()
	if err != nil {
		return namecache.Names{}
	}
	for _, account := range accounts {
		if a.EndReason(account) != "" {
			_ = a.names.Erase(account.Name()) // the next call tries again
		}
	}
	account, err := a.Wanted()
	if err != nil || a.EndReason(account) != "" {
		return namecache.Names{}
	}
	return a.names.Read(account.Name())
}
