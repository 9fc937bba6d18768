// Package api has the command api, which calls any method of the platform.
//
// It promises that the platform's answer is printed unchanged except for dx's
// indentation and for characters that could control a terminal, which are
// escaped; and that input which is not JSON is refused before anything is sent.
package api

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
)

// apiOptions are the arguments of api, and what it uses.
type apiOptions struct {
	*kit.Console
	resource, method string
	input            json.RawMessage
}

// API returns the command api.
func API(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "api RESOURCE METHOD [JSON|-]",
		Short: "Call any method of the platform",
		Long: `Call METHOD of RESOURCE with a JSON object as its input, and print the answer.
The resource is an entity's ID, or the name of a class such as system. With -,
the input is read from standard input; without input it is {}.

On the classic MOLGENIS, RESOURCE is a path below /api and METHOD an HTTP
method; on EMX2, RESOURCE is a schema, or api, and METHOD is graphql.`,
		Example: `  ` + env.Program + ` api system whoami
  ` + env.Program + ` api system findProjects '{"level": "VIEW"}'
  ` + env.Program + ` api v2/sys_sec_Token?num=10 GET
  ` + env.Program + ` api api graphql '{"query": "{_session{email}}"}'`,
		Args: cobra.RangeArgs(2, 3),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) (err error) {
			o := apiOptions{Console: inv.Console(), resource: args[0], method: args[1]}
			if o.input, err = o.readInput(ctx, args[2:]); err != nil {
				return err
			}
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}
}

func (o apiOptions) run(ctx context.Context, in kit.SignedIn) error {
	answer, err := in.Call(ctx, o.resource, o.method, o.input)
	if err != nil {
		return err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, answer, "", "    "); err != nil {
		return err
	}
	return o.Printf("%s\n", kit.EscapeUnseen(indented.String()))
}

// maxInput bounds what api reads from standard input, in bytes.
const maxInput = 16 << 20

func (o apiOptions) readInput(ctx context.Context, args []string) (json.RawMessage, error) {
	input := []byte("{}")
	if len(args) == 1 {
		input = []byte(args[0])
	}
	if string(input) == "-" {
		var err error
		if input, err = o.ReadAll(ctx, maxInput); err != nil {
			return nil, err
		}
	}
	if !json.Valid(input) {
		return nil, refusal.Usagef("the input is not valid JSON")
	}
	return input, nil
}
