package cli

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/servecmd"
)

// everyPage returns the commands and topics of a tree.
func everyPage(root *cobra.Command) []*cobra.Command {
	pages := everyCommand(root)
	for _, below := range root.Commands() {
		if below.IsAdditionalHelpTopicCommand() {
			pages = append(pages, below)
		}
	}
	return pages
}

// TestHelpFitsNarrowTerminals: no page loses a word, and a line that is too long is a
// command or another example as it was, or one word.
func TestHelpFitsNarrowTerminals(t *testing.T) {
	for _, cmd := range everyPage(Tree(servecmd.Commands()...)) {
		cmd.InitDefaultHelpFlag()
		page := help(cmd, helpWidth)
		whole := strings.Split(page, "\n")
		for _, width := range []int{leastHelpWidth, 40, 45, 59, helpWidth - 1} {
			narrow := help(cmd, width)
			if got, want := words(narrow), words(page); !slices.Equal(got, want) {
				t.Errorf("%s in %d columns has other words:\n%s", cmd.CommandPath(), width, narrow)
			}
			for line := range strings.SplitSeq(narrow, "\n") {
				isExample := strings.HasPrefix(line, " ") && len(parseRow(line).cells) == 1 &&
					slices.ContainsFunc(whole, func(w string) bool { return strings.HasPrefix(w, line) })
				if utf8.RuneCountInString(line) > width && len(strings.Fields(line)) > 1 && !isExample {
					t.Errorf("%s in %d columns has a line of %d: %q", cmd.CommandPath(), width, utf8.RuneCountInString(line), line)
				}
			}
		}
	}
}

// words returns the words of a page. A comment may begin more than once.
func words(page string) []string {
	return slices.DeleteFunc(strings.Fields(page), func(word string) bool { return word == "#" })
}

func TestFit(t *testing.T) {
	const page = `Show the settings and where each comes from, and change those in the settings
file. The end.

Examples:
  dxauth config set server https://platform.example.org
  dxauth exec -- dx ls     # run a tool with the session

Flags:
      --level LEVEL   show projects with at least this LEVEL: VIEW or
                      ADMINISTER
  -h, --help          help

  2    a wrong flag, argument or setting            usage
       something is missing                         input_required`
	for _, tt := range []struct {
		width int
		want  string
	}{
		{80, page},
		{44, `Show the settings and where each comes from,
and change those in the settings file. The
end.

Examples:
  dxauth config set server https://platform.example.org
  dxauth exec -- dx ls
      # run a tool with the session

Flags:
      --level LEVEL   show projects with at
                      least this LEVEL: VIEW
                      or ADMINISTER
  -h, --help          help

  2    a wrong flag, argument or setting
       usage
       something is missing
           input_required`},
		{30, `Show the settings and where
each comes from, and change
those in the settings file.
The end.

Examples:
  dxauth config set server https://platform.example.org
  dxauth exec -- dx ls
      # run a tool with the
      # session

Flags:
      --level LEVEL
          show projects with
          at least this LEVEL:
          VIEW or ADMINISTER
  -h, --help          help

  2    a wrong flag, argument
       or setting
       usage
       something is missing
           input_required`},
	} {
		if got := fit(page, tt.width); got != tt.want {
			t.Errorf("in %d columns:\n%s\nwant\n%s", tt.width, got, tt.want)
		}
	}
}
