package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/refusal"
)

func (a *app) apiCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "api RESOURCE METHOD [JSON|-]",
		Short: "Call any method of the platform",
		Long: `Call METHOD of RESOURCE with a JSON object as its input, and print the answer.
The resource is an entity's ID, or the name of a class such as system. With -,
the input is read from standard input; without any it is {}.

On the classic MOLGENIS, RESOURCE is a path below /api and METHOD one of HTTP;
on EMX2, RESOURCE is a schema, or api, and METHOD is graphql.`,
		Example: `  ` + a.Program + ` api system whoami
  ` + a.Program + ` api system findProjects '{"level": "VIEW"}'
  ` + a.Program + ` api v2/sys_sec_Token?num=10 GET
  ` + a.Program + ` api api graphql '{"query": "{_session{email}}"}'`,
		Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error { return a.api(cmd.Context(), args) },
	}
}

// maxInput bounds what api reads from standard input, in bytes.
const maxInput = 16 << 20

func (a *app) api(ctx context.Context, args []string) error {
	input, err := a.apiInput(args[2:])
	if err != nil {
		return err
	}
	return a.asSignedIn(ctx, func(in signedIn) error {
		answer, err := in.Call(ctx, args[0], args[1], input)
		if err != nil {
			return err
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, answer, "", "    "); err != nil {
			return err
		}
		return a.term.Printf("%s\n", escapeUnseen(indented.String()))
	})
}

func (a *app) apiInput(args []string) (json.RawMessage, error) {
	input := []byte("{}")
	if len(args) == 1 {
		input = []byte(args[0])
	}
	if string(input) == "-" {
		var err error
		if input, err = a.readAll(maxInput); err != nil {
			return nil, err
		}
	}
	if !json.Valid(input) {
		return nil, refusal.Usagef("the input is not valid JSON")
	}
	return input, nil
}

// escapeUnseen writes the characters that a terminal might obey as JSON
// escapes. They stand inside strings only, so the value stays the same.
func escapeUnseen(text string) string {
	if !strings.ContainsFunc(text, isUnseen) {
		return text
	}
	var escaped strings.Builder
	for _, r := range text {
		if !isUnseen(r) {
			escaped.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&escaped, `\u%04x`, unit)
		}
	}
	return escaped.String()
}

// isUnseen is true for control characters but the newlines of the indentation,
// and for formatting characters such as those that turn the direction of text.
func isUnseen(r rune) bool {
	return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r))
}
