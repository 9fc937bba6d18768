package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli"
	"github.com/dxauth/dxauth/internal/servecmd"
)

// example is a page with everything that a generator could take as markup.
func example() page {
	root := &cobra.Command{Use: "dxauth"}
	show := &cobra.Command{
		Use: "show [NAME]", Short: "Show what there is",
		Long: `It prints <NAME> and 2*3*4, or with --json:

  {
    "id": "a\nb",

    "rows": [1, 2]
  }

.profile is not read, and 'quotes' stay:
  DXAUTH_TYPE   a type
After the lines.`,
		Example: "  dxauth show\n  dxauth show '~'",
		Run:     func(*cobra.Command, []string) {},
	}
	show.Flags().StringP("out", "o", "", "write to this `FILE`")
	show.Flags().String("color", "auto", "`WHEN` to use colour")
	show.Flags().Bool("all", false, "show all")
	root.AddCommand(show)
	show.InitDefaultHelpFlag()
	return page{show}
}

func TestMarkdownKeepsLines(t *testing.T) {
	text := markdown(example())
	for _, want := range []string{
		"```\n{\n  \"id\": \"a\\nb\",\n\n  \"rows\": [1, 2]\n}\n```\n",
		"It prints \\<NAME> and 2\\*3\\*4",
		"stay:\n\n```\nDXAUTH_TYPE   a type\n```\n\nAfter the lines.\n",
		"```\ndxauth show\ndxauth show '~'\n```\n",
		"  -o, --out FILE     write to this FILE\n",
		"      --all          show all\n",
		"[dxauth help options](dxauth_help_options.md)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page has no %q:\n%s", want, text)
		}
	}
}

// TestPages checks that each command and topic has its page, with no trace of the
// generator: a date, or a flag with an empty value.
func TestPages(t *testing.T) {
	names := map[string]bool{}
	for _, page := range pagesOf(cli.Tree(servecmd.Commands()...)) {
		names[page.manName()+"."+page.section()] = true
		for _, text := range []string{markdown(page), manual(page)} {
			for _, bad := range []string{"Jan 1970", `=""`, "[=true", "[=false", "--connect-timeout DURATION"} {
				if strings.Contains(text, bad) && page.Name() != "options" {
					t.Errorf("the page of %s has %q", page.title(), bad)
				}
			}
		}
	}
	for _, name := range []string{"dxauth.1", "dxauth-token-new.1", "dxauth-sandbox.1", "dxauth-environment.7", "dxauth-options.7"} {
		if !names[name] {
			t.Errorf("there is no page %s", name)
		}
	}
}
