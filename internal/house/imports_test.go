package house

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// An importRule forbids some packages to import some others. Packages are
// named as the go command does: "pkg/..." is pkg and everything below it, and
// "..." is every package. Ours are named by their folders.
type importRule struct {
	says    string   // the rule in words, for the failure
	binds   []string // the packages that must obey
	except  []string // exceptions of binds
	forbids []string // what they must not import
	allows  []string // exceptions of forbids
	look    look
}

// A look lists import paths from a package to what it imports. Each path starts with
// the package and ends with the import.
type look func(imports importGraph, from string) [][]string

// importGraph has the imports of each of our packages.
type importGraph map[string][]string

var (
	everyPackage = []string{"..."}
	clientHalf   = []string{
		"internal/cli/...", "internal/terminal/...", "internal/config/...",
		"internal/credstore/...", "internal/session/...", "internal/platform/...",
		"internal/child/...", "internal/dxenv/...", "internal/namecache/...", "internal/credseal/...", "internal/kernelkey/...", "internal/machine/...",
		"internal/browserlogin/...", "internal/citoken/...", "internal/webbrowser/...",
	}
	rulePackages = []string{
		"internal/refserver/identity/...", "internal/refserver/passwordhash/...", "internal/refserver/access/...",
		"internal/refserver/directory/...", "internal/refserver/audit/...",
		"internal/refserver/seal/...", "internal/refserver/quota/...", "internal/refserver/history/...",
		"internal/refserver/grant/...", "internal/refserver/outbox/...", "internal/refserver/trust/...",
	}
	protocols = []string{
		"internal/refserver/dnanexus/...", "internal/refserver/molgenis/...",
		"internal/refserver/console/...", "internal/refserver/sso/...",
		"internal/refserver/oauth/...", "internal/refserver/web/browser/...",
	}
	// pagePackages have pages of the console, which share a kit.
	pagePackages = []string{"internal/refserver/console/account/...", "internal/refserver/console/admins/...", "internal/refserver/console/tokens/...", "internal/refserver/console/trustrules/..."}
	pageKit      = []string{"internal/refserver/console/kit/..."}

	useCases    = []string{"internal/refserver/service/..."}
	transaction = []string{"internal/refserver/transaction/..."}
	sqlStore    = []string{"internal/refserver/store/..."}
	httpKit     = []string{"internal/refserver/httpkit/...", "internal/refserver/web"}
	overTheWire = []string{"net/http/...", "database/sql/..."}

	// kit and the packages beside it are what several families of commands need.
	// What is below kit needs no settings and no account; failures know the errors of all
	// packages, and are below it, too.
	below = []string{"internal/cli/format/...", "internal/cli/httpwait/...", "internal/cli/pages/...", "internal/cli/suggest/...", "internal/cli/timeinput/..."}
	errs  = []string{"internal/cli/failure/..."}
	// connections know the settings and the servers, but no stored account.
	connections = []string{"internal/cli/connect/..."}
	kit         = []string{"internal/cli/kit/..."}
	shared      = []string{
		"internal/cli/activation/...", "internal/cli/apitoken/...", "internal/cli/browsersignin/...", "internal/cli/clitest/...",
		"internal/cli/complete/...", "internal/cli/credentials/...", "internal/cli/enroll/...", "internal/cli/keyless/...", "internal/cli/orgmember/...", "internal/cli/projectpick/...",
		"internal/cli/tokenscope/...", "internal/cli/trustrule/...",
	}
	families = []string{
		"internal/cli/account/...", "internal/cli/admin/...", "internal/cli/api/...", "internal/cli/doctor/...",
		"internal/cli/dximport/...", "internal/cli/project/...", "internal/cli/prompt/...", "internal/cli/run/...", "internal/cli/settings/...", "internal/cli/signin/...", "internal/cli/signout/...", "internal/cli/token/...",
		"internal/cli/twofactor/...",
	}

	cobra    = []string{"github.com/spf13/cobra/..."}
	viper    = []string{"github.com/spf13/viper/..."}
	keyrings = []string{"github.com/zalando/go-keyring/...", "github.com/danieljoos/wincred/...", "github.com/godbus/dbus/..."}
	qrCodes  = []string{"github.com/mdp/qrterminal/...", "rsc.io/qr/..."}
	terminal = []string{"golang.org/x/term/...", "github.com/mdp/qrterminal/..."}
)

var importRules = []importRule{
	{
		says:    "a library imports nothing internal",
		binds:   []string{"pkg/..."},
		except:  []string{"pkg/dxtest/..."},
		forbids: []string{"internal/..."},
		look:    throughOurs,
	},
	{
		says:    "of the internal packages, pkg/dxtest imports the reference server only",
		binds:   []string{"pkg/dxtest/..."},
		forbids: []string{"internal/..."},
		allows:  []string{"internal/refserver/..."},
		look:    directly,
	},
	{
		says:    "a library knows no cobra, viper, keyring or terminal",
		binds:   []string{"pkg/..."},
		forbids: slices.Concat(cobra, viper, keyrings, terminal),
		look:    throughOurs,
	},
	{
		// Rules that hold for the client and for the server have one place.
		says:    "what both halves use imports nothing of ours but secrets and processes",
		binds:   []string{"internal/privatefile/...", "internal/process/...", "internal/syntax/...", "internal/duration/...", "internal/refusal/..."},
		forbids: []string{"internal/...", "pkg/..."},
		allows:  []string{"pkg/secret", "internal/process"},
		look:    directly,
	},
	{
		says:    "the client half never reaches the reference server",
		binds:   clientHalf,
		forbids: []string{"internal/refserver/..."},
		look:    throughOurs,
	},
	{
		says:    "only internal/servecmd and pkg/dxtest start the reference server",
		binds:   everyPackage,
		except:  []string{"internal/servecmd/...", "pkg/dxtest/...", "internal/refserver/..."},
		forbids: []string{"internal/refserver/..."},
		look:    directly,
	},
	{
		says:    "the rules know no HTTP, no SQL and none of the packages that do",
		binds:   rulePackages,
		forbids: slices.Concat(overTheWire, sqlStore, httpKit, protocols),
		look:    throughOurs,
	},
	{
		says:    "a protocol calls the service, never the store",
		binds:   protocols,
		forbids: sqlStore,
		look:    throughOurs,
	},
	{
		says:    "the service knows no HTTP, no SQL, no store and no protocol",
		binds:   useCases,
		forbids: slices.Concat(overTheWire, sqlStore, httpKit, protocols),
		look:    throughOurs,
	},
	{
		says:    "a protocol cannot name a transaction: it calls the service",
		binds:   protocols,
		forbids: transaction,
		look:    directly,
	},
	{
		says:    "what the pages of the console share knows none of them",
		binds:   pageKit,
		forbids: slices.Concat(pagePackages, []string{"internal/refserver/console"}),
		look:    throughOurs,
	},
	{
		says:    "what all protocols and pages use knows none of them, and no store",
		binds:   httpKit,
		forbids: slices.Concat(protocols, sqlStore, transaction),
		look:    throughOurs,
	},
	{
		says:    "the store knows no protocol and no HTTP",
		binds:   sqlStore,
		forbids: slices.Concat(protocols, httpKit),
		look:    throughOurs,
	},
	{
		says:    "only the commands know cobra",
		binds:   everyPackage,
		except:  []string{"internal/cli/...", "internal/servecmd/...", "cmd/..."},
		forbids: cobra,
		look:    directly,
	},
	{
		says:    "only internal/config knows viper",
		binds:   everyPackage,
		except:  []string{"internal/config/..."},
		forbids: viper,
		look:    directly,
	},
	{
		says:    "only the store in PostgreSQL, and the servers of its tests, knows the protocol of PostgreSQL",
		binds:   everyPackage,
		except:  []string{"internal/refserver/store/postgres/...", "internal/testpostgres/..."},
		forbids: []string{"github.com/jackc/..."},
		look:    directly,
	},
	{
		says:    "only internal/privatefile locks files",
		binds:   everyPackage,
		except:  []string{"internal/privatefile/..."},
		forbids: []string{"github.com/gofrs/flock/..."},
		look:    directly,
	},
	{
		says:    "only internal/terminal draws QR codes, and what has the pages of the server",
		binds:   everyPackage,
		except:  []string{"internal/terminal/...", "internal/refserver/web/browser/..."},
		forbids: qrCodes,
		look:    directly,
	},
	{
		says:    "only what stores credentials knows the kernel's keys",
		binds:   everyPackage,
		except:  []string{"internal/credstore/...", "internal/credseal/...", "internal/kernelkey/..."},
		forbids: []string{"internal/kernelkey/..."},
		look:    directly,
	},
	{
		says:    "only internal/credstore, and the bus of its tests, knows the keyring and D-Bus",
		binds:   everyPackage,
		except:  []string{"internal/credstore/...", "internal/testbus/..."},
		forbids: keyrings,
		look:    directly,
	},
}

func TestImports(t *testing.T) {
	graph := graphOf(ourFiles(t))
	for _, breach := range breaches(allImportRules(), graph) {
		t.Error(breach)
	}
	for _, folder := range sortedKeys(graph) {
		if matches([]string{"internal/cli/..."}, folder) && folder != "internal/cli" && !matches(slices.Concat(below, errs, connections, kit, shared, families), folder) {
			t.Errorf("%s: not in the list of families or in the list of shared packages: add it to one", folder)
		}
		if matches([]string{"internal/refserver/console/..."}, folder) && folder != "internal/refserver/console" && !matches(slices.Concat(pagePackages, pageKit), folder) {
			t.Errorf("%s: not in the list of packages with pages: add it", folder)
		}
	}
}

func allImportRules() []importRule { return slices.Concat(importRules, familyRules(), pageRules()) }

// pageRules returns the rules of the pages: a package with some imports no other.
func pageRules() (rules []importRule) {
	for _, pages := range pagePackages {
		rules = append(rules, importRule{
			says:    "a package with pages imports no other: what two need is in the kit",
			binds:   []string{pages},
			forbids: append([]string{"internal/refserver/console"}, pagePackages...),
			allows:  []string{pages},
			look:    throughOurs,
		})
	}
	return rules
}

// familyRules returns the rules of the commands: a family imports shared packages, and
// no other family.
func familyRules() []importRule {
	rules := []importRule{
		{
			says:    "what commands share knows no command",
			binds:   slices.Concat(below, errs, connections, kit, shared),
			forbids: families,
			look:    throughOurs,
		},
		{
			says:    "kit imports nothing that is shared but what is below it",
			binds:   kit,
			forbids: shared,
			look:    throughOurs,
		},
		{
			says:    "what connects to servers knows no stored account, and not what decides which servers an account needs",
			binds:   connections,
			forbids: slices.Concat(kit, shared),
			look:    throughOurs,
		},
		{
			says:    "what is below kit knows no settings, no account and no credential store",
			binds:   below,
			forbids: slices.Concat(errs, kit, shared, []string{"internal/config/...", "internal/session/...", "internal/credstore/..."}),
			look:    throughOurs,
		},
	}
	for _, family := range families {
		rules = append(rules, importRule{
			says:    "a family of commands imports no other family: what two need is a package of its own",
			binds:   []string{family},
			forbids: families,
			allows:  []string{family},
			look:    throughOurs,
		})
	}
	return rules
}

// breaches tests every rule on every package. A breach names the way from the
// package to the import, and the rule.
func breaches(rules []importRule, imports importGraph) []string {
	var found []string
	for _, rule := range rules {
		for _, from := range sortedKeys(imports) {
			if !rule.bindsPackage(from) {
				continue
			}
			for _, way := range rule.look(imports, from) {
				if rule.forbidsImport(way[len(way)-1]) {
					found = append(found, fmt.Sprintf("%s: %s", strings.Join(way, " imports "), rule.says))
				}
			}
		}
	}
	return found
}

func (r importRule) bindsPackage(name string) bool {
	return matches(r.binds, name) && !matches(r.except, name)
}

func (r importRule) forbidsImport(name string) bool {
	return matches(r.forbids, name) && !matches(r.allows, name)
}

func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		prefix, isTree := strings.CutSuffix(pattern, "...")
		return pattern == name || isTree && strings.HasPrefix(name+"/", prefix)
	})
}

// directly looks only at the imports of the package itself.
func directly(imports importGraph, from string) [][]string {
	var ways [][]string
	for _, to := range imports[from] {
		ways = append(ways, []string{from, to})
	}
	return ways
}

// throughOurs also follows imports of our own packages. It finds each import once, by
// a shortest path.
func throughOurs(imports importGraph, from string) [][]string {
	seen := map[string]bool{from: true}
	ways := [][]string{{from}}
	for next := 0; next < len(ways); next++ {
		way := ways[next]
		for _, to := range imports[way[len(way)-1]] {
			if !seen[to] {
				seen[to] = true
				ways = append(ways, append(slices.Clone(way), to))
			}
		}
	}
	return ways[1:]
}

func graphOf(files []sourceFile) importGraph {
	graph := importGraph{}
	for folder, members := range byFolder(files) {
		all := []string{}
		for _, file := range members {
			all = append(all, file.imports()...)
		}
		slices.Sort(all)
		graph[folder] = slices.Compact(all)
	}
	return graph
}

func TestImportRulesFindBreaches(t *testing.T) {
	tests := map[string]struct {
		imports importGraph
		want    string // the beginning of the only breach; empty: none
	}{
		"a library imports an internal package": {
			importGraph{"pkg/dnanexus": {"internal/config"}},
			"pkg/dnanexus imports internal/config: a library imports nothing internal",
		},
		"pkg/dxtest imports the reference server": {
			importGraph{"pkg/dxtest": {"internal/refserver", "internal/refserver/fixture"}},
			"",
		},
		"pkg/dxtest imports another internal package": {
			importGraph{"pkg/dxtest": {"internal/session"}},
			"pkg/dxtest imports internal/session: of the internal packages",
		},
		"the private files know the client": {
			importGraph{"internal/privatefile": {"internal/config", "github.com/gofrs/flock"}},
			"internal/privatefile imports internal/config: what both halves use",
		},
		"a library prompts": {
			importGraph{"pkg/molgenis": {"golang.org/x/term"}},
			"pkg/molgenis imports golang.org/x/term: a library knows no cobra",
		},
		"the client reaches the server by a detour": {
			importGraph{"internal/cli": {"pkg/dxtest"}, "pkg/dxtest": {"internal/refserver"}},
			"internal/cli imports pkg/dxtest imports internal/refserver: the client half",
		},
		"servecmd starts the server": {
			importGraph{"internal/servecmd": {"internal/refserver", "github.com/spf13/cobra"}},
			"",
		},
		"a program starts the server itself": {
			importGraph{"cmd/dxauth": {"internal/refserver"}},
			"cmd/dxauth imports internal/refserver: only internal/servecmd and pkg/dxtest",
		},
		"the rules use HTTP": {
			importGraph{"internal/refserver/access": {"net/http"}},
			"internal/refserver/access imports net/http: the rules know no HTTP",
		},
		"the rules reach SQL indirectly": {
			importGraph{
				"internal/refserver/identity": {"internal/refserver/audit"},
				"internal/refserver/audit":    {},
				"internal/refserver/seal":     {"internal/refserver/rows"},
				"internal/refserver/rows":     {"database/sql/driver"},
			},
			"internal/refserver/seal imports internal/refserver/rows imports database/sql/driver: the rules",
		},
		"a protocol writes SQL": {
			importGraph{"internal/refserver/console": {"internal/refserver/store"}},
			"internal/refserver/console imports internal/refserver/store: a protocol calls",
		},
		"the service answers HTTP": {
			importGraph{"internal/refserver/service": {"net/http", "net/netip"}},
			"internal/refserver/service imports net/http: the service knows no HTTP",
		},
		"the service opens a store": {
			importGraph{"internal/refserver/service": {"internal/refserver/store/sqlite"}},
			"internal/refserver/service imports internal/refserver/store/sqlite: the service",
		},
		"a protocol names a transaction": {
			importGraph{"internal/refserver/oauth": {"internal/refserver/transaction"}},
			"internal/refserver/oauth imports internal/refserver/transaction: a protocol cannot name",
		},
		"a protocol calls the service": {
			importGraph{
				"internal/refserver/dnanexus": {"internal/refserver/service"},
				"internal/refserver/service":  {"internal/refserver/transaction"},
			},
			"",
		},
		"a page of all protocols reaches a transaction by a detour": {
			importGraph{
				"internal/refserver/web":     {"internal/refserver/service", "net/http"},
				"internal/refserver/service": {"internal/refserver/transaction"},
			},
			"internal/refserver/web imports internal/refserver/service imports internal/refserver/transaction: what all protocols",
		},
		"the codes of refusals know who refuses": {
			importGraph{"internal/refusal": {"internal/platform"}},
			"internal/refusal imports internal/platform: what both halves use",
		},
		"the store answers HTTP": {
			importGraph{"internal/refserver/store": {"internal/refserver/httpkit", "database/sql"}},
			"internal/refserver/store imports internal/refserver/httpkit: the store knows no protocol",
		},
		"the terminal knows the commands": {
			importGraph{"internal/terminal": {"github.com/spf13/cobra"}},
			"internal/terminal imports github.com/spf13/cobra: only the commands",
		},
		"the commands read settings themselves": {
			importGraph{"internal/cli": {"github.com/spf13/viper", "github.com/spf13/cobra"}},
			"internal/cli imports github.com/spf13/viper: only internal/config",
		},
		"the session goes to the keyring past credstore": {
			importGraph{"internal/session": {"github.com/godbus/dbus/v5"}},
			"internal/session imports github.com/godbus/dbus/v5: only internal/credstore",
		},
		"a command draws a QR code itself": {
			importGraph{"internal/cli": {"github.com/mdp/qrterminal/v3"}},
			"internal/cli imports github.com/mdp/qrterminal/v3: only internal/terminal draws QR codes",
		},
		"a name that only begins alike": {
			importGraph{"pkgs": {"internal/config"}, "internal/storefront": {"internal/clients"}},
			"",
		},
		"a family imports another one": {
			importGraph{"internal/cli/token": {"internal/cli/signin"}},
			"internal/cli/token imports internal/cli/signin: a family of commands imports no other family",
		},
		"a family imports what is shared": {
			importGraph{"internal/cli/signin": {"internal/cli/enroll"}, "internal/cli/enroll": {"internal/cli/kit"}},
			"",
		},
		"what is shared knows a command": {
			importGraph{"internal/cli/enroll": {"internal/cli/twofactor"}},
			"internal/cli/enroll imports internal/cli/twofactor: what commands share knows no command",
		},
		"kit imports what is shared": {
			importGraph{"internal/cli/kit": {"internal/cli/credentials"}},
			"internal/cli/kit imports internal/cli/credentials: kit imports nothing that is shared",
		},
		"connections know the stored accounts": {
			importGraph{"internal/cli/connect": {"internal/cli/kit"}},
			"internal/cli/connect imports internal/cli/kit: what connects to servers",
		},
		"a page uses that of another package": {
			importGraph{"internal/refserver/console/tokens": {"internal/refserver/console/account", "internal/refserver/console/kit"}},
			"internal/refserver/console/tokens imports internal/refserver/console/account: a package with pages imports no other",
		},
		"the kit of the pages knows one": {
			importGraph{"internal/refserver/console/kit": {"internal/refserver/console/admins"}},
			"internal/refserver/console/kit imports internal/refserver/console/admins: what the pages of the console share",
		},
		"a format reads the settings": {
			importGraph{"internal/cli/format": {"internal/config"}},
			"internal/cli/format imports internal/config: what is below kit",
		},
		"packages that import each other for a while": {
			importGraph{"pkg/a": {"pkg/b"}, "pkg/b": {"pkg/a"}},
			"",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			found := breaches(allImportRules(), test.imports)
			switch {
			case test.want == "" && len(found) == 0:
			case test.want != "" && len(found) == 1 && strings.HasPrefix(found[0], test.want):
			default:
				t.Errorf("got %q, want %q", found, test.want)
			}
		})
	}
}
