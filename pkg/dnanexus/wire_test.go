package dnanexus_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// roundTrips checks that value is written as text, and that text is read back
// as value.
func roundTrips[T any](t *testing.T, value T, text string) {
	t.Helper()
	written, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != text {
		t.Errorf("written as %s, want %s", written, text)
	}
	if got := reads[T](t, text); !cmp.Equal(value, got, showingSecrets) {
		t.Errorf("read back differs (-want +got):\n%s", cmp.Diff(value, got, showingSecrets))
	}
}

// reads returns what a text means.
func reads[T any](t *testing.T, text string) T {
	t.Helper()
	var value T
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

func TestDescribeOption(t *testing.T) {
	fields := map[string]bool{"id": true, "name": true}
	tests := map[string]dnanexus.DescribeOption{
		`false`:                              {},
		`true`:                               {Wanted: true},
		`{"fields":{"id":true,"name":true}}`: {Wanted: true, DescribeFields: dnanexus.DescribeFields{Fields: fields}},
		`{"fields":{"id":true,"name":true},"defaultFields":true}`: {
			Wanted: true, DescribeFields: dnanexus.DescribeFields{Fields: fields, DefaultFields: new(true)},
		},
	}
	for text, value := range tests {
		t.Run(text, func(t *testing.T) { roundTrips(t, value, text) })
	}
}

func TestDescribeOptionIsReadLeniently(t *testing.T) {
	dxfuse := reads[dnanexus.DescribeOption](t, `{"describe":{"fields":{"id":true}}}`)
	if !dxfuse.Wanted || dxfuse.Fields != nil {
		t.Errorf("dxfuse's nested describe: %+v", dxfuse)
	}
	if empty := reads[dnanexus.DescribeOption](t, `{}`); !empty.Wanted {
		t.Error("an empty object is a wish for a description")
	}
	for _, text := range []string{`"yes"`, `1`, `[]`, `{"fields":true}`} {
		var value dnanexus.DescribeOption
		if err := json.Unmarshal([]byte(text), &value); err == nil {
			t.Errorf("%s is read as %+v", text, value)
		}
	}
}

func TestNameQuery(t *testing.T) {
	tests := map[string]dnanexus.NameQuery{
		`"Exome 2026"`:                 {Exact: "Exome 2026"},
		`""`:                           {},
		`{"glob":"Ex*"}`:               {Glob: "Ex*"},
		`{"regexp":"^Ex"}`:             {Regexp: "^Ex"},
		`{"regexp":"^ex","flags":"i"}`: {Regexp: "^ex", Flags: "i"},
	}
	for text, value := range tests {
		t.Run(text, func(t *testing.T) { roundTrips(t, value, text) })
	}
	for _, text := range []string{`1`, `true`, `["a"]`, `{"glob":1}`} {
		var value dnanexus.NameQuery
		if err := json.Unmarshal([]byte(text), &value); err == nil {
			t.Errorf("%s is read as %+v", text, value)
		}
	}
}

func TestNewAuthTokenRequestHasTheKeysOfDx(t *testing.T) {
	password, code := secret.New(`wonder"land`).OnWire(), secret.New("012345").OnWire()
	tests := []struct {
		name  string
		value dnanexus.NewAuthTokenRequest
		text  string
	}{
		{
			"no code: null, not absent and not empty",
			dnanexus.NewAuthTokenRequest{Username: "alice", Password: password, Expires: 1800000000000},
			`{"username":"alice","password":"wonder\"land","otp":null,"expires":1800000000000}`,
		},
		{
			"a code is a string that keeps its zero",
			dnanexus.NewAuthTokenRequest{Username: "bob", Password: password, OTP: &code},
			`{"username":"bob","password":"wonder\"land","otp":"012345"}`,
		},
		{
			"a scoped token has no password at all",
			dnanexus.NewAuthTokenRequest{Label: "ci", Scope: &dnanexus.Scope{
				Projects: map[string]dnanexus.Level{"*": dnanexus.LevelView}, PHIAccess: new(false),
			}},
			`{"otp":null,"label":"ci","scope":{"projects":{"*":"VIEW"},"phiAccess":false}}`,
		},
		{
			"full scope",
			dnanexus.NewAuthTokenRequest{Scope: &dnanexus.Scope{Full: true}},
			`{"otp":null,"scope":{"full":true}}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { roundTrips(t, test.value, test.text) })
	}
}

func TestAPrintedMessageShowsNoSecret(t *testing.T) {
	value := secret.New("CANARY").OnWire()
	messages := []any{
		dnanexus.NewAuthTokenRequest{Username: "alice", Password: value, OTP: &value},
		&dnanexus.NewAuthTokenRequest{Username: "alice", Password: value, OTP: &value},
		dnanexus.NewAuthTokenResponse{AccessToken: value},
	}
	for _, message := range messages {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if shown := fmt.Sprintf(verb, message); strings.Contains(shown, "CANARY") {
				t.Errorf("%s of %T: %s", verb, message, shown)
			}
		}
	}
}

func TestMessagesWithOpaqueOrNullParts(t *testing.T) {
	t.Run("last page: next is there and null", func(t *testing.T) {
		roundTrips(t, dnanexus.FindProjectsResponse{Results: []dnanexus.FoundProject{}, Next: json.RawMessage("null")},
			`{"results":[],"next":null}`)
	})
	t.Run("next page: next is any JSON", func(t *testing.T) {
		roundTrips(t, dnanexus.FindProjectsResponse{Results: []dnanexus.FoundProject{}, Next: json.RawMessage(`{"id":"project-1"}`)},
			`{"results":[],"next":{"id":"project-1"}}`)
	})
	t.Run("rights: null takes all away", func(t *testing.T) {
		roundTrips(t, dnanexus.DecreasePermissionsRequest{"PUBLIC": nil, "user-bob": new(dnanexus.LevelView)},
			`{"PUBLIC":null,"user-bob":"VIEW"}`)
	})
	t.Run("fields and switches of a project's description are side by side", func(t *testing.T) {
		roundTrips(t, dnanexus.DescribeProjectRequest{
			DescribeFields: dnanexus.DescribeFields{Fields: map[string]bool{"id": true}}, Permissions: true,
		}, `{"fields":{"id":true},"permissions":true}`)
	})
	t.Run("error without details", func(t *testing.T) {
		roundTrips(t, dnanexus.ErrorEnvelope{Error: dnanexus.ErrorBody{Type: "InvalidInput", Message: ""}},
			`{"error":{"type":"InvalidInput","message":""}}`)
	})
}

func TestLevels(t *testing.T) {
	var names []string
	for _, level := range dnanexus.Levels() {
		if !level.Valid() {
			t.Errorf("%s cannot be granted", level)
		}
		names = append(names, string(level))
	}
	if got, want := strings.Join(names, " < "), "VIEW < UPLOAD < CONTRIBUTE < ADMINISTER"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, level := range []dnanexus.Level{dnanexus.LevelNone, "", "view", "OWNER"} {
		if level.Valid() {
			t.Errorf("%q can be granted", level)
		}
	}
}

func TestIsProjectID(t *testing.T) {
	const characters = "0123456789abcdefghijABCD"
	tests := map[string]bool{
		"project-" + characters:                 true,
		"project-0000000000000000000000pb":      true,
		"project-" + characters[1:]:             false,
		"project-" + characters + "x":           false,
		"project-" + characters[1:] + "-":       false,
		"container-" + characters:               false,
		"project-" + characters + "\n":          false,
		" project-" + characters:                false,
		"Project-" + characters:                 false,
		"":                                      false,
		"project-0123456789abcdefghijABC" + "é": false,
	}
	for id, want := range tests {
		if got := dnanexus.IsProjectID(id); got != want {
			t.Errorf("%q: %t", id, got)
		}
	}
}

func TestFormsOfASignature(t *testing.T) {
	whole := dnanexus.Signature(secret.New("0123456789abcdefghijABCDEFGHIJ01"))
	tests := map[string]struct{ whole, begins bool }{
		whole:             {true, true},
		whole[:63]:        {false, true},
		whole[:4]:         {false, true},
		whole[:3]:         {},
		"":                {},
		whole + "0":       {},
		whole[:63] + "g":  {},
		whole[:63] + "A":  {},
		whole[:63] + "\n": {},
		"ab-cd":           {},
	}
	for text, want := range tests {
		if got := dnanexus.IsSignature(text); got != want.whole {
			t.Errorf("%q is a signature: %t", text, got)
		}
		if got := dnanexus.BeginsSignature(text, 4); got != want.begins {
			t.Errorf("%q begins one: %t", text, got)
		}
	}
}

func TestUserIDAndClass(t *testing.T) {
	if got := dnanexus.UserID("Alice.L"); got != "user-alice.l" {
		t.Errorf("got %q", got)
	}
	tests := map[string]string{"user-alice": "user", "org-a-b": "org", "system": "", "": "", "-x": ""}
	for id, want := range tests {
		if got := dnanexus.ClassOf(id); got != want {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
}

// Whatever a name query holds, another program reads the same from what is
// written.
func TestNameQueryKeepsItsMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		query := rapid.SampledFrom([]dnanexus.NameQuery{{Exact: text}, {Glob: text}, {Regexp: text, Flags: "i"}}).Draw(t, "query")
		if text == "" {
			query = dnanexus.NameQuery{}
		}
		written, err := json.Marshal(query)
		if err != nil {
			t.Fatal(err)
		}
		var read dnanexus.NameQuery
		if err := json.Unmarshal(written, &read); err != nil {
			t.Fatal(err)
		}
		if read != query {
			t.Errorf("%+v became %+v by way of %s", query, read, written)
		}
	})
}
