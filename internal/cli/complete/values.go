package complete

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/projectpick"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/namecache"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// Prepare makes a command and those below it offer what they declare: the kind of their
// arguments, and the kind or the values of their flags. Where nothing is declared,
// nothing is offered, unless the usage of a flag says that it takes a FILE.
func Prepare(env kit.Env, cmd *cobra.Command) {
	cmd.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	if kind := cmd.Annotations[kit.CompletionKey]; kind != "" {
		cmd.ValidArgsFunction = forArguments(cmd.Use, offering(env, kit.Completion(kind)))
	}
	register := func(flag *pflag.Flag) {
		if function := ofFlag(env, flag); function != nil {
			_ = cmd.RegisterFlagCompletionFunc(flag.Name, function) // fails if it is registered already
		}
	}
	cmd.LocalNonPersistentFlags().VisitAll(register)
	cmd.PersistentFlags().VisitAll(register)
	for _, below := range cmd.Commands() {
		Prepare(env, below)
	}
}

// forArguments returns a function that offers values for the first argument of a usage
// line, and for the others only if the first one can be repeated or they are the words
// of another command.
func forArguments(use string, offer cobra.CompletionFunc) cobra.CompletionFunc {
	first := strings.Fields(use)[1]
	isRepeated := strings.Contains(first, "...") || strings.Contains(use, "[ARGUMENT...]")
	return func(cmd *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(given) > 0 && !isRepeated {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return offer(cmd, given, typed)
	}
}

// ofFlag returns what a flag offers, or nil.
func ofFlag(env kit.Env, flag *pflag.Flag) cobra.CompletionFunc {
	if values := flag.Annotations[kit.CompletionValueKey]; values != nil {
		return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	}
	if kinds := flag.Annotations[kit.CompletionKey]; len(kinds) == 1 {
		return offering(env, kit.Completion(kinds[0]))
	}
	if values := config.Values(flag.Name); values != nil {
		return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	}
	switch placeholder, _ := pflag.UnquoteUsage(flag); placeholder {
	case "FILE":
		return offering(env, kit.CompleteFiles)
	case "USER@HOST":
		return offering(env, kit.CompleteAccounts)
	default:
		return nil
	}
}

// offering returns the function that offers a kind of values.
func offering(env kit.Env, kind kit.Completion) cobra.CompletionFunc {
	if kind == kit.CompletePrograms {
		return offeringPrograms(env)
	}
	return func(cmd *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
		if kind == kit.CompleteFiles {
			return nil, cobra.ShellCompDirectiveFilterFileExt
		}
		var texts []string
		for _, o := range offersOf(env, cmd, kind, typed) {
			if isShown(o.value) && !slices.Contains(given, o.value) {
				texts = append(texts, cobra.CompletionWithDesc(o.value, terminal.Clean(o.description)))
			}
		}
		return texts, cobra.ShellCompDirectiveNoFileComp
	}
}

// isShown reports whether a value can be offered: a terminal shows it as it is, and the
// command does not take it for a flag.
func isShown(value string) bool {
	return value != "" && terminal.Clean(value) == value && strings.TrimSpace(value) == value && !strings.HasPrefix(value, "-")
}

func offersOf(env kit.Env, cmd *cobra.Command, kind kit.Completion, typed string) []offer {
	settings, _ := config.Load(cmd.Flags()) // wrong settings lead to fewer offers
	inv := kit.Invocation{Env: env, Settings: settings.Salvaged()}
	accounts := inv.Accounts(inv.Console())
	if kind == kit.CompleteAccounts {
		return accountOffers(accounts)
	}
	names := accounts.KnownNames()
	switch kind {
	case kit.CompleteProjects:
		return projectOffers(names, typed)
	case kit.CompleteScope:
		return scopeOffers(names, typed)
	case kit.CompleteTokens:
		return entryOffers(names.Tokens)
	case kit.CompleteSessions:
		return idOffers(names.Sessions)
	case kit.CompleteOrgs:
		return idOffers(names.Orgs)
	case kit.CompleteIdentities:
		return idOffers(names.Identities)
	default:
		return nil
	}
}

func accountOffers(accounts *kit.Accounts) []offer {
	list, current, err := accounts.Accounts()
	if err != nil {
		return nil
	}
	var offered []offer
	for _, account := range list {
		description := string(account.Kind)
		if account.Name() == current {
			description += ", current"
		}
		offered = append(offered, offer{account.Name(), description})
	}
	return offered
}

// projectOffers offers projects, and the folders of the project that is typed.
func projectOffers(names namecache.Names, typed string) []offer {
	return projectsWith(names, typed, ":", func(project projectOffer) []string { return names.Folders[project.id] })
}

// scopeOffers offers projects, and levels behind the project that is typed.
func scopeOffers(names namecache.Names, typed string) []offer {
	return projectsWith(names, typed, "=", func(projectOffer) []string {
		var levels []string
		for _, level := range dnanexus.Levels() {
			levels = append(levels, string(level))
		}
		return levels
	})
}

// projectsWith offers projects, and what can follow the project that is typed with a
// separator.
func projectsWith(names namecache.Names, typed, separator string, following func(projectOffer) []string) []offer {
	var offered []offer
	for _, project := range projectsAs(names, typed) {
		offered = append(offered, project.offer)
		if strings.HasPrefix(typed, project.value+separator) {
			for _, text := range following(project) {
				offered = append(offered, offer{value: project.value + separator + text})
			}
		}
	}
	return offered
}

type projectOffer struct {
	offer
	id string
}

// projectsAs returns the projects in the form that is typed: by their names, or by their
// IDs if the text begins like one. A name that several have, or that can't be shown,
// gives way to the ID.
func projectsAs(names namecache.Names, typed string) []projectOffer {
	count := map[string]int{}
	for _, project := range names.Projects {
		count[project.Name]++
	}
	byID := strings.HasPrefix(typed, dnanexus.ClassProject+"-")
	var list []projectOffer
	for _, project := range names.Projects {
		value := projectpick.Escape(project.Name)
		if byID || count[project.Name] > 1 || !isShown(value) {
			list = append(list, projectOffer{offer{project.ID, project.Name}, project.ID})
			continue
		}
		list = append(list, projectOffer{offer{value, project.ID}, project.ID})
	}
	return list
}

// shortID is how much of a token's ID is offered; commands take the beginning of an ID.
const shortID = 12

// entryOffers offers names, and IDs in place of names that are missing or not unique.
func entryOffers(entries []namecache.Entry) []offer {
	count := map[string]int{}
	for _, entry := range entries {
		count[entry.Name]++
	}
	var offered []offer
	for _, entry := range entries {
		id := entry.ID[:min(shortID, len(entry.ID))]
		if count[entry.Name] > 1 || !isShown(entry.Name) {
			offered = append(offered, offer{id, entry.Name})
			continue
		}
		offered = append(offered, offer{entry.Name, id})
	}
	return offered
}

func idOffers(entries []namecache.Entry) []offer {
	var offered []offer
	for _, entry := range entries {
		offered = append(offered, offer{entry.ID[:min(shortID, len(entry.ID))], entry.Name})
	}
	return offered
}
