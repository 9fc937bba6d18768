package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/kit"
)

// everyCommand returns all commands of a tree, including its root but not the
// help topics.
func everyCommand(command *cobra.Command) []*cobra.Command {
	if command.IsAdditionalHelpTopicCommand() {
		return nil
	}
	list := []*cobra.Command{command}
	for _, child := range command.Commands() {
		list = append(list, everyCommand(child)...)
	}
	return list
}

func TestEveryCommandHasHelp(t *testing.T) {
	root := Tree()
	for _, command := range everyCommand(root) {
		t.Run(command.CommandPath(), func(t *testing.T) {
			short := command.Short
			if short == "" || short[:1] != strings.ToUpper(short[:1]) || strings.HasSuffix(short, ".") || len(short) > 60 {
				t.Errorf("the short text %q: want a headline with a capital, no full stop, up to 60 bytes", short)
			}
			takesArguments := strings.Contains(command.Use, " ")
			if takesArguments && (command.Long == "" || command.Example == "") {
				t.Error("it takes arguments and has no long text or no example")
			}
			if command.HasLocalFlags() && command != root && command.Long == "" {
				t.Error("it has flags and no long text")
			}
			for _, line := range strings.Split(command.Example, "\n") {
				if len(line) > 100 { // longer than helpWidth: an example is not wrapped, so that it can be copied
					t.Errorf("an example of %d bytes: %q", len(line), line)
				}
			}
			for _, line := range strings.Split(command.Long+"\n"+withoutExample(command), "\n") {
				if len(line) > helpWidth && !strings.HasPrefix(line, `Use "`) {
					t.Errorf("a line of %d bytes: %q", len(line), line)
				}
			}
			if command.Runnable() && command.Args == nil && !command.HasSubCommands() {
				t.Error("it takes any number of arguments without a check")
			}
		})
	}
}

// withoutExample returns the usage of a command, with its flags but without its
// example.
func withoutExample(command *cobra.Command) string {
	return strings.Replace(command.UsageString(), command.Example, "", 1)
}

func TestEveryCommandHasAGroup(t *testing.T) {
	root := Tree()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, command := range root.Commands() {
		if command.IsAdditionalHelpTopicCommand() {
			continue
		}
		if !root.ContainsGroup(command.GroupID) || command.GroupID == "" {
			t.Errorf("%s has the unknown group %q", command.Name(), command.GroupID)
		}
	}
}

// TestAddNamed checks that exactly the named command is built.
func TestAddNamed(t *testing.T) {
	env := kit.Env{Program: "dxauth"}
	for _, command := range commands() {
		root := newRoot(env)
		if !addNamed(root, env, []string{command.name, "--help"}) {
			t.Fatalf("%s was not added", command.name)
		}
		found, _, err := root.Find([]string{command.name})
		if err != nil || found == root || len(root.Commands()) != 1 {
			t.Errorf("%s: found %q, %v, among %d commands", command.name, found.Name(), err, len(root.Commands()))
		}
	}
	for _, args := range [][]string{nil, {""}, {"--json", "version"}, {"help", "version"}, {"serve"}, {"nonsense"}} {
		if addNamed(newRoot(env), env, args) {
			t.Errorf("addNamed added a command for %q", args)
		}
	}
}

// TestFlags checks the usage of every flag, and that no two have the same.
func TestFlags(t *testing.T) {
	for _, command := range everyCommand(Tree()) {
		t.Run(command.CommandPath(), func(t *testing.T) {
			usages := map[string]string{}
			flags := func(flag *pflag.Flag) {
				if flag.Hidden {
					return
				}
				if other, taken := usages[flag.Usage]; taken {
					t.Errorf("--%s and --%s mean the same: %q", flag.Name, other, flag.Usage)
				}
				usages[flag.Usage] = flag.Name
				if flag.Usage == "" || flag.Usage[:1] == strings.ToUpper(flag.Usage[:1]) && flag.Usage[0] != '`' && !strings.HasPrefix(flag.Usage, "PEM") {
					t.Errorf("--%s: the usage %q does not begin with a small letter", flag.Name, flag.Usage)
				}
				if placeholder, _ := pflag.UnquoteUsage(flag); placeholder != strings.ToUpper(placeholder) && !strings.Contains(placeholder, "|") {
					t.Errorf("--%s: the placeholder %q is neither a name in capitals nor a choice", flag.Name, placeholder)
				}
				if strings.HasSuffix(flag.Usage, ".") {
					t.Errorf("--%s: the usage %q ends with a full stop", flag.Name, flag.Usage)
				}
			}
			command.NonInheritedFlags().VisitAll(flags)
			command.InheritedFlags().VisitAll(flags)
			command.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
				if command.InheritedFlags().Lookup(flag.Name) != nil {
					t.Errorf("--%s hides a flag of every command", flag.Name)
				}
			})
		})
	}
}

func TestHelpTopics(t *testing.T) {
	for _, topic := range helpTopics(newRoot(kit.Env{Program: "dxauth"}).PersistentFlags()) {
		t.Run(topic.Name(), func(t *testing.T) {
			if !topic.IsAdditionalHelpTopicCommand() {
				t.Error("it can be run")
			}
			if topic.Short == "" || len(topic.Long) < 200 || !strings.HasSuffix(topic.Long, "\n") {
				t.Errorf("the text has %d bytes, or does not end with a newline", len(topic.Long))
			}
			for _, line := range strings.Split(topic.Long, "\n") {
				if len(line) > 80 || strings.TrimRight(line, " ") != line {
					t.Errorf("a line of %d bytes, or with blanks at its end: %q", len(line), line)
				}
			}
			if strings.ContainsRune(topic.Long, '\t') {
				t.Error("the text has tabs, whose width depends on the terminal")
			}
		})
	}
}

// TestHelpListsVariables checks that the help lists exactly the variables that
// package config reads, and that with a CI job's ID token; no other package reads
// settings from the environment.
func TestHelpListsVariables(t *testing.T) {
	name := regexp.MustCompile(`\b(DXAUTH|DX)_[A-Z_]+\b`)
	documented := name.FindAllString(helpEnvironment, -1)
	slices.Sort(documented)
	if diff := cmp.Diff(variablesOf(t, "../config/*.go", "../citoken/*.go"), slices.Compact(documented)); diff != "" {
		t.Errorf("variables of the source (-) and of the help (+):\n%s", diff)
	}
}

// variablesOf collects the variable names between quotes in Go files that are
// not tests.
func variablesOf(t *testing.T, patterns ...string) []string {
	t.Helper()
	var files []string
	for _, pattern := range patterns {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, matches...)
	}
	quoted := regexp.MustCompile(`"((?:DXAUTH|DX)_[A-Z_]+)"`)
	var found []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range quoted.FindAllStringSubmatch(string(content), -1) {
			found = append(found, match[1])
		}
	}
	if len(found) == 0 {
		t.Fatalf("no variables found in %s", patterns)
	}
	slices.Sort(found)
	return slices.Compact(found)
}
