package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/complete"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/namecache"
	"github.com/dxauth/dxauth/internal/servecmd"
)

// newNamedClient returns a client that is signed in, and has listed projects and tokens.
func newNamedClient(t *testing.T) *client {
	t.Helper()
	c := newClient(t)
	c.signIn(t)
	account := "alice@" + c.key().Host
	err := c.names().Update(account, func(names *namecache.Names) {
		names.AddProjects(namecache.Entry{ID: "project-1", Name: "Exome"}, namecache.Entry{ID: "project-2", Name: "Twins"},
			namecache.Entry{ID: "project-3", Name: "Twins"}, namecache.Entry{ID: "project-4", Name: "a\x1b[31mb"}, namecache.Entry{ID: "project-5", Name: "-x"})
		names.AddFolders("project-1", "/raw", "/raw/1")
		names.AddTokens(namecache.Entry{ID: "0123456789abcdef", Name: "ci"}, namecache.Entry{ID: "fedcba9876543210"})
		names.Orgs = []namecache.Entry{{ID: "org-lab", Name: "The lab"}}
		names.Sessions = []namecache.Entry{{ID: "89abcdef", Name: "session dx"}}
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *client) names() namecache.Cache { return namecache.Cache{Dir: filepath.Join(c.dir, "names")} }

// offers returns what a shell offers for a command line, without descriptions.
func (c *client) offers(t *testing.T, line string) []string {
	t.Helper()
	code, stdout, stderr := c.runWith(t, line, complete.Command, "fish")
	mode, list, _ := strings.Cut(strings.TrimSuffix(stdout, "\n"), "\n")
	if code != 0 || stderr != "" || mode == "" {
		t.Fatalf("%s: exit code %d, stderr %q, stdout %q", line, code, stderr, stdout)
	}
	var offered []string
	for text := range strings.Lines(list) {
		value, _, _ := strings.Cut(strings.TrimSuffix(text, "\n"), "\t")
		offered = append(offered, value)
	}
	return append(offered, "["+mode+"]")
}

// TestCompletionNeedsNoServerAndNoStore checks what is offered from the names that were
// noted, with the server and the stored credential gone.
func TestCompletionNeedsNoServerAndNoStore(t *testing.T) {
	c := newNamedClient(t)
	c.lab.Close()
	if err := os.Remove(filepath.Join(c.dir, "credentials.json")); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string][]string{
		"dxauth select ":                      {"Exome", "project-2", "project-3", "project-4", "project-5", "[words]"},
		"dxauth select Exome:":                {"Exome:/raw", "Exome:/raw/1", "[words]"},
		"dxauth select project-1:/raw/":       {"project-1:/raw/1", "[words]"},
		"dxauth select Exome ":                {"[words]"},
		"dxauth login --project E":            {"Exome", "[words]"},
		"dxauth exec --scope Exome=A":         {"Exome=ADMINISTER", "[words]"},
		"dxauth token show ":                  {"ci", "fedcba987654", "[words]"},
		"dxauth token revoke ci ":             {"fedcba987654", "[words]"},
		"dxauth token rm c":                   {"ci", "[words]"},
		"dxauth token new ":                   {"[words]"},
		"dxauth account orgs leave ":          {"org-lab", "[words]"},
		"dxauth admin user add x --org ":      {"org-lab", "[words]"},
		"dxauth account sessions revoke ":     {"89abcdef", "[words]"},
		"dxauth --account al":                 {"alice@" + c.key().Host, "[words]"},
		"dxauth switch ":                      {"alice@" + c.key().Host, "[words]"},
		"dxauth --account bob select ":        {"[words]"},
		"dxauth --server lab.org select ":     {"[words]"},
		"dxauth --color a":                    {"auto", "always", "[words]"},
		"dxauth --type ":                      {"auto", "dnanexus", "molgenis", "emx2", "[words]"},
		"dxauth 2fa enable --qr p":            {"png:", "[nospace]"},
		"dxauth import --store h":             {"helper:", "[nospace]"},
		"dxauth token new --out ":             {"[files]"},
		"dxauth exec -- ":                     {"[files]"},
		"dxauth whoami ":                      {"[words]"},
		"dxauth frobnicate ":                  {"[words]"},
		"dxauth --frobnicate x ":              {"[words]"},
		"dxauth login --user":                 {"--username", "[words]"},
		"dxauth -":                            nil,
		"dx":                                  {"[words]"},
		"":                                    {"[words]"},
		"A=1 B=2 dxauth help to":              {"token", "[words]"},
		"dxauth help token n":                 {"new", "[words]"},
		"dxauth help frobnicate ":             {"[words]"},
		"dxauth completion f":                 {"fish", "[words]"},
		"dxauth 'select' \"Ex":                {"Exome", "[words]"},
		strings.Repeat("dxauth select x ", 9): {"[words]"},
	} {
		if got := c.offers(t, line); want != nil && !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// TestNamesEndWithTheSession checks that names are erased when the session has ended,
// by TAB itself, and when it is ended.
func TestNamesEndWithTheSession(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *client){
		"idle, at TAB": func(t *testing.T, c *client) {
			c.now = c.now.Add(16 * 60e9)
			if got := c.offers(t, "dxauth select "); len(got) != 1 {
				t.Errorf("offered after the end: %q", got)
			}
		},
		"idle, at a command": func(t *testing.T, c *client) {
			c.now = c.now.Add(16 * 60e9)
			c.run(t, "whoami")
		},
		"logout":              func(t *testing.T, c *client) { c.run(t, "logout") },
		"logout on this side": func(t *testing.T, c *client) { c.run(t, "logout", "--local-only") },
		"a limit of this side": func(t *testing.T, c *client) {
			t.Setenv("DXAUTH_IDLE_TIMEOUT", "1s")
			c.now = c.now.Add(2e9)
			c.offers(t, "dxauth select ")
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newNamedClient(t)
			end(t, c)
			left, err := os.ReadDir(c.names().Dir)
			if err != nil || len(left) != 0 {
				t.Errorf("%d files of names are left, %v", len(left), err)
			}
		})
	}
}

// freeText lists the placeholders of flags for which nothing can be offered.
func freeText() []string {
	return []string{
		"ACTION", "ADDRESS", "CODE", "DURATION", "GLOB", "HOST", "ID", "JSON", "NAME", "NAME=VALUE", "NETWORK", "NUMBER", "ORIGIN", "PATH", "PORT", "RESULT",
		"TIME", "TOKEN", "URL", "USER",
		"duration",
	}
}

// TestEveryFlagSaysWhatItOffers checks that no flag with a value, and no argument that
// names something of the account, was forgotten.
func TestEveryFlagSaysWhatItOffers(t *testing.T) {
	env := kit.Env{Program: "dxauth"}
	root := Tree(servecmd.Commands()...)
	complete.Prepare(env, root)
	for _, command := range everyCommand(root) {
		check := func(flag *pflag.Flag) {
			placeholder, _ := pflag.UnquoteUsage(flag)
			_, offers := command.GetFlagCompletionFunc(flag.Name)
			if takesValue := placeholder != ""; takesValue && !flag.Hidden && !offers && !slices.Contains(freeText(), placeholder) {
				t.Errorf("%s --%s %s offers nothing", command.CommandPath(), flag.Name, placeholder)
			}
		}
		command.LocalNonPersistentFlags().VisitAll(check)
		command.PersistentFlags().VisitAll(check)
		if takesNames(command) && command.ValidArgsFunction == nil && command.ValidArgs == nil {
			t.Errorf("%s offers nothing for its arguments", command.UseLine())
		}
	}
}

func takesNames(command *cobra.Command) bool {
	return slices.ContainsFunc(arguments(command.Use), func(argument string) bool {
		for _, name := range []string{"PROJECT", "ACCOUNT", "ORG", "ID", "FILE", "|"} {
			if strings.Contains(strings.TrimPrefix(argument, "["), name) && !strings.HasPrefix(argument, "[JSON") && !strings.HasPrefix(argument, "USER") {
				return true
			}
		}
		return false
	})
}
