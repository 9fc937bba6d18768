package httpkit

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

func TestReadBody(t *testing.T) {
	const limit = 8
	for _, c := range []struct {
		name, contentType, body string
		refused                 bool
	}{
		{"not labelled", "", `{}`, false},
		{"empty", "application/json", "", false},
		{"labelled", "application/json", `{}`, false},
		{"with a charset", "application/json; charset=utf-8", `{}`, false},
		{"in capitals", "Application/JSON", `{}`, false},
		{"a form", "application/x-www-form-urlencoded", `a=b`, true},
		{"text", "text/plain", `{}`, true},
		{"another JSON", "application/vnd.api+json", `{}`, true},
		{"nonsense", ";", `{}`, true},
		{"as long as allowed", "", strings.Repeat("x", limit), false},
		{"too long by one", "", strings.Repeat("x", limit+1), true},
		{"far too long", "", strings.Repeat("x", 1<<20), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
			if c.contentType != "" {
				r.Header.Set("Content-Type", c.contentType)
			}
			body, err := ReadBody(httptest.NewRecorder(), r, limit)
			switch {
			case c.refused && refusal.ReasonOf(err) != refusal.Malformed:
				t.Errorf("got %q, %v", body, err)
			case !c.refused && (err != nil || string(body) != c.body):
				t.Errorf("got %q, %v", body, err)
			}
		})
	}
}

func TestReadBodyOfABrokenBody(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", iotest.ErrReader(errors.New("connection reset by 192.0.2.1")))
	_, err := ReadBody(httptest.NewRecorder(), r, 8)
	if refusal.ReasonOf(err) != refusal.Malformed || strings.Contains(err.Error(), "192.0.2.1") {
		t.Errorf("got error %v", err)
	}
}

// Of a body that is too long, at most 64 KiB are read beyond the limit.
func TestReadBodyReadsLittleOfALongBody(t *testing.T) {
	body := &countingReader{}
	r := httptest.NewRequest(http.MethodPost, "/", body)
	if _, err := ReadBody(httptest.NewRecorder(), r, 8); err == nil {
		t.Error("an endless body was accepted")
	}
	if body.read > 128<<10 {
		t.Errorf("%d bytes were read", body.read)
	}
}

// countingReader is an endless body.
type countingReader struct{ read int }

func (c *countingReader) Read(p []byte) (int, error) {
	c.read += len(p)
	return len(p), nil
}

// The error about a wrong type names the key, with the text of the platform.
func TestDecodeNamesTheKey(t *testing.T) {
	signIn := func() any { return new(dnanexus.NewAuthTokenRequest) }
	search := func() any { return new(dnanexus.FindProjectsRequest) }
	describe := func() any { return new(dnanexus.DescribeProjectRequest) }
	project := func() any { return new(dnanexus.NewProjectRequest) }
	keep := func() any { return new(dnanexus.DecreasePermissionsRequest) }
	for _, c := range []struct {
		into func() any
		body string
		want string
	}{
		{signIn, `null`, `input is not a hash`},
		{signIn, `true`, `input is not a hash`},
		{signIn, `17`, `input is not a hash`},
		{signIn, `"alice"`, `input is not a hash`},
		{signIn, ` [{}]`, `input is not a hash`},

		{signIn, `{"username": 5}`, `expected key "username" of input to be a string`},
		{signIn, `{"username": ["alice"]}`, `expected key "username" of input to be a string`},
		{signIn, `{"password": 5}`, `expected key "password" of input to be a string`},
		{signIn, `{"password": true}`, `expected key "password" of input to be a string`},
		{signIn, `{"password": ["x"]}`, `expected key "password" of input to be a string`},
		{signIn, `{"password": {"a": "x"}}`, `expected key "password" of input to be a string`},
		{signIn, `{"otp": 123456}`, `expected key "otp" of input to be a string`},
		{signIn, `{"otp": ["123456"]}`, `expected key "otp" of input to be a string`},
		{signIn, `{"expires": "30d"}`, `expected key "expires" of input to be an integer`},
		{signIn, `{"expires": 1.5}`, `expected key "expires" of input to be an integer`},
		{signIn, `{"expires": 1e30}`, `expected key "expires" of input to be an integer`},
		{signIn, `{"scope": "full"}`, `expected key "scope" of input to be a hash`},
		{signIn, `{"scope": {"full": "yes"}}`, `expected key "scope.full" of input to be a boolean`},
		{signIn, `{"scope": {"projects": ["a"]}}`, `expected key "scope.projects" of input to be a hash`},
		{signIn, `{"scope": {"projects": {"*": 5}}}`, `expected key "scope.projects" of input to be a string`},
		{signIn, `{"scope": {"phiAccess": 0}}`, `expected key "scope.phiAccess" of input to be a boolean`},

		{search, `{"name": 5}`, `expected key "name" of input to be a hash`},
		{search, `{"name": ["a"]}`, `expected key "name" of input to be a hash`},
		{search, `{"name": {"glob": 5}}`, `expected key "name.glob" of input to be a string`},
		{search, `{"name": {"regexp": "a", "flags": true}}`, `expected key "name.flags" of input to be a string`},
		{search, `{"describe": "yes"}`, `expected key "describe" of input to be a hash`},
		{search, `{"describe": {"fields": ["name"]}}`, `expected key "describe.fields" of input to be a hash`},
		{search, `{"describe": {"fields": {"name": 1}}}`, `expected key "describe.fields" of input to be a boolean`},
		{search, `{"level": 3}`, `expected key "level" of input to be a string`},
		{search, `{"limit": "10"}`, `expected key "limit" of input to be an integer`},
		{search, `{"limit": 99999999999999999999}`, `expected key "limit" of input to be an integer`},
		{search, `{"public": "true"}`, `expected key "public" of input to be a boolean`},

		{describe, `{"fields": true}`, `expected key "fields" of input to be a hash`},
		{project, `{"tags": "a"}`, `expected key "tags" of input to be an array`},
		{project, `{"tags": [1]}`, `expected key "tags" of input to be a string`},
		{project, `{"properties": {"a": 1}}`, `expected key "properties" of input to be a string`},
		{keep, `{"user-bob": 5}`, `input is not a string`},
	} {
		err := Decode([]byte(c.body), c.into())
		if refusal.ReasonOf(err) != refusal.WrongType || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.body, err, c.want)
		}
	}
}

func TestTypeErrorOfANumber(t *testing.T) {
	err := Decode([]byte(`{"cost": "low"}`), &struct {
		Cost float64 `json:"cost"`
	}{})
	if err == nil || err.Error() != `expected key "cost" of input to be a number` {
		t.Errorf("got %v", err)
	}
}

func TestDecodeRefusesInvalidJSON(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":             "",
		"blanks":              " \n",
		"half an object":      `{"a": 1`,
		"two values":          `{} {}`,
		"something behind it": `{} x`,
		"a form":              "username=alice",
		"single quotes":       `{'a': 1}`,
		"a comma too many":    `{"a": 1,}`,
		"a comment":           `{} // x`,
		"a byte order mark":   "\ufeff{}",
		"a control character": "{\"a\": \"\x01\"}",
		"NaN":                 `{"a": NaN}`,
		"too deep":            strings.Repeat(`{"a":`, 12_000) + "1" + strings.Repeat("}", 12_000),
		"too deep, half":      strings.Repeat(`[`, 60_000),
	} {
		if err := Decode([]byte(body), new(dnanexus.Empty)); refusal.ReasonOf(err) != refusal.Malformed {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}

func TestDecodeTakes(t *testing.T) {
	yes := true
	for name, c := range map[string]struct {
		body string
		want dnanexus.FindProjectsRequest
	}{
		"an empty object": {`{}`, dnanexus.FindProjectsRequest{}},
		"blanks":          {" \r\n\t{ }\n", dnanexus.FindProjectsRequest{}},
		"nulls":           {`{"name": null, "describe": null, "limit": null, "public": null, "level": null}`, dnanexus.FindProjectsRequest{}},
		"unknown keys":    {`{"flavour": {"$and": []}, "public": true}`, dnanexus.FindProjectsRequest{Public: &yes}},
		"the last of repeated keys": {
			`{"public": false, "level": "VIEW", "level": "UPLOAD", "public": true}`,
			dnanexus.FindProjectsRequest{Public: &yes, Level: "UPLOAD"},
		},
		"describe within describe": {
			`{"describe": {"describe": {"fields": {"name": true}}}}`,
			dnanexus.FindProjectsRequest{Describe: &dnanexus.DescribeOption{Wanted: true}},
		},
		"what comes back as starting": {
			`{"starting": {"after": 9007199254740993}}`,
			dnanexus.FindProjectsRequest{Starting: json.RawMessage(`{"after":9007199254740993}`)},
		},
	} {
		var got dnanexus.FindProjectsRequest
		if err := Decode([]byte(c.body), &got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Two objects with the same key are not merged: the second scope replaces the first.
func TestRepeatedObjectsAreNotMerged(t *testing.T) {
	for _, body := range []string{
		`{"scope": {"full": true}, "scope": {"projects": {"*": "VIEW"}}}`,
		`{"scope": {"projects": {"project-1": "ADMINISTER"}, "projects": {"*": "VIEW"}}}`,
	} {
		var got dnanexus.NewAuthTokenRequest
		if err := Decode([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		want := &dnanexus.Scope{Projects: map[string]dnanexus.Level{"*": "VIEW"}}
		if diff := cmp.Diff(want, got.Scope); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
}

// Types that decode themselves, and values that are decoded later, also use the last of
// repeated keys.
func TestRepeatedKeysWithinQueries(t *testing.T) {
	var got dnanexus.FindProjectsRequest
	err := Decode([]byte(`{
		"name": {"glob": "a*", "glob": "b*"}, "Name": {"regexp": "c"},
		"describe": {"fields": {"id": true}, "fields": {"name": true}},
		"properties": {"$and": [{"a": "b"}], "c": true, "$and": [{"d": "e"}]},
		"starting": {"after": {"a": 1}, "after": {"b": 1.50}}
	}`), &got)
	if err != nil {
		t.Fatal(err)
	}
	value := "e"
	want := dnanexus.FindProjectsRequest{
		Name:     &dnanexus.NameQuery{Regexp: "c"},
		Describe: &dnanexus.DescribeOption{Wanted: true, DescribeFields: dnanexus.DescribeFields{Fields: map[string]bool{"name": true}}},
		Properties: &dnanexus.PropertyQuery{
			Is:  map[string]*string{"c": nil},
			And: []dnanexus.PropertyQuery{{Is: map[string]*string{"d": &value}}},
		},
		Starting: json.RawMessage(`{"after":{"b":1.50}}`),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A truncated body is malformed, even after a value of the wrong type.
func TestMalformedBehindAMismatch(t *testing.T) {
	err := Decode([]byte(`{"username": 5, "password": "x`), new(dnanexus.NewAuthTokenRequest))
	if refusal.ReasonOf(err) != refusal.Malformed {
		t.Errorf("got error %v", err)
	}
}

func BenchmarkDecode(b *testing.B) {
	body := []byte(`{"username": "alice", "password": "x", "expires": 1, "scope": {"projects": {"*": "VIEW"}}}`)
	for b.Loop() {
		var in dnanexus.NewAuthTokenRequest
		if err := Decode(body, &in); err != nil {
			b.Fatal(err)
		}
	}
}

func TestDecodeKeepsSecretsUnchanged(t *testing.T) {
	const password = "<&>\u2028 ünï\U0001F511 \\\"\t"
	body, err := json.Marshal(map[string]any{"password": password, "otp": "012345"})
	if err != nil {
		t.Fatal(err)
	}
	var got dnanexus.NewAuthTokenRequest
	if err := Decode(body, &got); err != nil {
		t.Fatal(err)
	}
	if got.Password.Text().Reveal() != password || got.OTP.Text().Reveal() != "012345" {
		t.Errorf("got %q and %q", got.Password.Text().Reveal(), got.OTP.Text().Reveal())
	}
}

// An error does not quote the wrong value.
func TestDecodeErrorsDoNotQuoteValues(t *testing.T) {
	for _, body := range []string{
		`{"username": ["hunter2"]}`, `{"password": {"hunter2": "hunter2"}}`, `{"scope": "hunter2"}`,
		`{"expires": "hunter2"}`, `{"password": "hunter2`, `"hunter2"`,
	} {
		err := Decode([]byte(body), new(dnanexus.NewAuthTokenRequest))
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got error %v", body, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `null`, `[]`, `{"a":{"a":[]}}`, `{"password":"x","otp":null,"expires":1e3}`,
		`{"scope":{"projects":{"*":"VIEW"},"projects":null}}`, `{"name":{"glob":"*"},"name":"x"}`,
		`{"describe":{"fields":{"id":true}},"starting":[1.0e400]}`, `{"otp":{}}`, "{\"name\":\"\xff\"}",
	} {
		testfuzz.Add(f, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, into := range []any{new(dnanexus.NewAuthTokenRequest), new(dnanexus.FindProjectsRequest)} {
			err := Decode(body, into)
			if err != nil && refusal.ReasonOf(err) != refusal.Malformed && refusal.ReasonOf(err) != refusal.WrongType {
				t.Errorf("%T: %q gives %T", into, body, err)
			}
			if isValid := json.Valid(body) && CheckText(body) == nil; (refusal.ReasonOf(err) == refusal.Malformed) == isValid {
				t.Errorf("%T: %q gives %v", into, body, err)
			}
		}
	})
}

func TestBearer(t *testing.T) {
	const token = "0123456789abcdefghijABCDEFGHIJ01"
	for _, c := range []struct {
		name   string
		values []string
		want   string
		fails  bool
	}{
		{"no header", nil, "", false},
		{"usual form", []string{"Bearer " + token}, token, false},
		{"as dx sends it", []string{"bearer " + token}, token, false},
		{"in capitals", []string{"BEARER " + token}, token, false},
		{"with many blanks", []string{"  Bearer    " + token + "  "}, token, false},
		{"PUBLIC", []string{"Bearer PUBLIC"}, "PUBLIC", false},
		{"two headers", []string{"Bearer " + token, "Bearer " + token}, "", true},
		{"an empty header", []string{""}, "", true},
		{"no token", []string{"Bearer"}, "", true},
		{"blanks for a token", []string{"Bearer   "}, "", true},
		{"no scheme", []string{token}, "", true},
		{"no blank", []string{"Bearer" + token}, "", true},
		{"another scheme", []string{"Basic YWxpY2U6eA=="}, "", true},
		{"a scheme that begins alike", []string{"Bearers " + token}, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Bearer(http.Header{"Authorization": c.values})
			if got.Reveal() != c.want || (err != nil) != c.fails {
				t.Errorf("got %q, %v", got.Reveal(), err)
			}
			if err != nil && strings.Contains(err.Error(), token) {
				t.Errorf("the error shows the token: %v", err)
			}
		})
	}
}

// A token in the query or in a form is ignored.
func TestBearerIsInTheHeaderOnly(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/system/whoami?access_token=abc", strings.NewReader("access_token=abc"))
	if got, err := Bearer(r.Header); err != nil || !got.IsZero() {
		t.Errorf("got %q, %v", got.Reveal(), err)
	}
}

// Two texts must not become one: bytes that are not UTF-8 and halves of surrogate
// pairs are refused, wherever they are.
func TestTextThatIsNotUTF8(t *testing.T) {
	for _, c := range []struct {
		name, body string
		refused    bool
	}{
		{"UTF-8", `{"password":"pässwörter-密码-🔑"}`, false},
		{"escapes", `{"password":"p\u00e4ss\ud83d\udd11"}`, false},
		{"the replacement character itself", "{\"password\":\"\ufffd\"}", false},
		{"Latin-1", "{\"password\":\"p\xe4sswort\"}", true},
		{"Windows-1252", "{\"label\":\"20\x80\"}", true},
		{"UTF-16", "{\x00\"\x00a\x00\"\x00:\x001\x00}\x00", false}, // not JSON, which the decoder says
		{"a surrogate in UTF-8", "{\"name\":\"\xed\xa0\x80\"}", true},
		{"an overlong form", "{\"name\":\"\xc0\x80\"}", true},
		{"half of a pair", `{"password":"\ud83d"}`, true},
		{"the wrong half first", `{"password":"\udd11\ud83d"}`, true},
		{"a key", "{\"p\xe4ss\":1}", true},
		{"deep inside", "{\"a\":[{\"b\":[\"\xff\"]}]}", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Decode([]byte(c.body), new(map[string]any))
			isRefused := refusal.ReasonOf(err) == refusal.Malformed && strings.Contains(err.Error(), "not UTF-8")
			if isRefused != c.refused {
				t.Errorf("got %v", err)
			}
		})
	}
}
