package api

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// echo returns what it was asked.
type echo struct{}

func (echo) Call(_ context.Context, resource, method string, input json.RawMessage) (json.RawMessage, error) {
	return json.Marshal(map[string]any{"call": resource + "/" + method, "input": input})
}

func TestAPI(t *testing.T) {
	tests := map[string]struct {
		args  []string // behind the method
		stdin string
		want  string // printed; empty: the input is refused
	}{
		"no input":          {nil, "", "{\n    \"call\": \"system/whoami\",\n    \"input\": {}\n}\n"},
		"an argument":       {[]string{`{"a": 1}`}, "", "{\n    \"call\": \"system/whoami\",\n    \"input\": {\n        \"a\": 1\n    }\n}\n"},
		"standard input":    {[]string{"-"}, `[2]`, "{\n    \"call\": \"system/whoami\",\n    \"input\": [\n        2\n    ]\n}\n"},
		"an escape":         {[]string{"\"\u202e\""}, "", "{\n    \"call\": \"system/whoami\",\n    \"input\": \"\\u202e\"\n}\n"},
		"text without JSON": {[]string{"{"}, "", ""},
		"nothing to read":   {[]string{"-"}, "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			console, out := clitest.Setup{}.Console(t, tt.stdin)
			o := apiOptions{Console: console, resource: "system", method: "whoami"}
			var err error
			if o.input, err = o.readInput(t.Context(), tt.args); tt.want == "" {
				if refusal.CodeOf(err) != refusal.Invalid {
					t.Errorf("got %v, want that the input is invalid", err)
				}
				return
			}
			if err == nil {
				err = o.run(t.Context(), kit.SignedIn{Platform: &platform.Platform{Caller: echo{}}})
			}
			if err != nil || out.Stdout.String() != tt.want {
				t.Errorf("%v, printed %q, want %q", err, &out.Stdout, tt.want)
			}
		})
	}
}
