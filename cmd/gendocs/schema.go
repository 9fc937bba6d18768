package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/jsonschema"
	"github.com/dxauth/dxauth/internal/servecmd"
)

// results returns what the commands print with --json.
func results() map[string][]any { return cli.Results(servecmd.Results()) }

// writeSchemas writes a JSON Schema of what each command prints with --json. The comments
// are read from the source of the module.
func writeSchemas(dir string, root *cobra.Command, source *jsonschema.Source) error {
	for command, values := range results() {
		schema, err := schemaOf(root, source, command, values)
		if err != nil {
			return err
		}
		text, err := format.EncodeJSON(schema)
		if err = errors.Join(err, os.WriteFile(filepath.Join(dir, schemaName(command)), []byte(text), 0o644)); err != nil {
			return err
		}
	}
	return nil
}

func schemaOf(root *cobra.Command, source *jsonschema.Source, command string, values []any) (*jsonschema.Schema, error) {
	alternatives := make([]reflect.Type, len(values))
	for i, value := range values {
		alternatives[i] = reflect.TypeOf(value)
	}
	schema, err := jsonschema.Of(source, alternatives...)
	if err != nil {
		return nil, fmt.Errorf("%s --json: %w", command, err)
	}
	schema.Draft = jsonschema.Draft
	if command == cli.FailureResult {
		schema.Title, schema.Description = root.Name()+" --json, on stderr", "What a command prints when it fails"
		return schema, nil
	}
	found, _, err := root.Find(strings.Fields(command))
	if err != nil || found.CommandPath() != root.Name()+" "+command {
		return nil, fmt.Errorf("there is no command %q, which has a result", command)
	}
	schema.Title, schema.Description = found.CommandPath()+" --json", found.Short
	return schema, nil
}

func schemaName(command string) string { return strings.ReplaceAll(command, " ", "-") + ".json" }
