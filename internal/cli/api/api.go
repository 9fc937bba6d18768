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

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refusal"
)

// apiOptions are the arguments of api, and what it uses.
type apiOptions struct {
	*kit.Console
	resource, method string
	inputFile        string
	input            json.RawMessage
}

// API returns the command api.
func API(env kit.Env) *cobra.Command {
	var o apiOptions
	cmd := &cobra.Command{
		Use:   "api RESOURCE METHOD [JSON|-]",
		Short: "Call any method of the platform",
		Long: `Call METHOD of RESOURCE with a JSON object as its input, and print the answer.
The resource is an entity's ID, or the name of a class such as system. With -,
the input is read from standard input, with --input from a file; without input
it is {}.

On the classic MOLGENIS, RESOURCE is a path below /api and METHOD an HTTP
method; on EMX2, RESOURCE is a schema, or api, and METHOD is graphql.`,
		Example: `  ` + env.Program + ` api system whoami
  ` + env.Program + ` api system findProjects '{"level": "VIEW"}'
  ` + env.Program + ` api v2/sys_sec_Token?num=10 GET
  ` + env.Program + ` api api graphql '{"query": "{_session{email}}"}'`,
		Args: cobra.RangeArgs(2, 3),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) (err error) {
			o.Console, o.resource, o.method = inv.Console(), args[0], args[1]
			if o.input, err = o.readInput(ctx, args[2:]); err != nil {
				return err
			}
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}
	cmd.Flags().StringVar(&o.inputFile, "input", "", "read the input from this `FILE`; - is standard input")
	return cmd
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
	return o.Printf("%s\n", format.EscapeUnseen(indented.String()))
}

// maxInput bounds what api reads, in bytes.
const maxInput = 16 << 20

// readInput returns the input, once it is known to be JSON. As in dx, other input is
// refused with the exit code of a refusal by the server.
func (o apiOptions) readInput(ctx context.Context, args []string) (json.RawMessage, error) {
	input, err := o.findInput(ctx, args)
	if err != nil {
		return nil, err
	}
	if !json.Valid(input) {
		return nil, refusal.New(refusal.Invalid, "the input is not valid JSON")
	}
	return input, nil
}

func (o apiOptions) findInput(ctx context.Context, args []string) ([]byte, error) {
	switch {
	case len(args) == 1 && o.inputFile != "":
		return nil, refusal.Usagef("an input and --input exclude each other")
	case o.inputFile == "-", len(args) == 1 && args[0] == "-":
		return o.ReadAll(ctx, maxInput)
	case len(args) == 1:
		return []byte(args[0]), nil
	case o.inputFile == "":
		return []byte("{}"), nil
	}
	input, err := privatefile.ReadInput(ctx, o.inputFile, maxInput)
	if err != nil {
		return nil, refusal.Usagef("--input: %s", err).Wrap(err)
	}
	return input, nil
}
