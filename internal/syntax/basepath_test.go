package syntax

import (
	"strings"
	"testing"
)

func TestBasePath(t *testing.T) {
	longest := "/" + strings.Repeat("a", MaxBasePath-1)
	for given, want := range map[string]string{
		"": "", "/": "", "//": "", "/molgenis": "/molgenis", "/molgenis/": "/molgenis", "/Lab/molgenis_2.0-x~": "/Lab/molgenis_2.0-x~",
		"/...": "/...", longest: longest,
	} {
		if got, err := BasePath(given); err != nil || got != want {
			t.Errorf("%q: got %q, %v", given, got, err)
		}
	}
	for _, refused := range []string{
		"molgenis", "a/b", "/a//b", "/.", "/..", "/a/../b", "/a/./b", "/%61", "/a%2fb", "/a;b", "/a b", "/a?b", "/a#b", "/a@b", "/a:b",
		`/a\b`, "/a\x00", "/a\nb", "/ü", "/a\"b", longest + "a",
	} {
		if got, err := BasePath(refused); err == nil {
			t.Errorf("%q: got %q, want an error", refused, got)
		}
	}
}

func TestCutPage(t *testing.T) {
	for given, want := range map[string][2]string{
		"/login": {"", "/login"}, "/m/login": {"/m", "/login"}, "/m/api/v1/login": {"/m", "/api/v1/login"}, "/m/api/graphql": {"/m", "/api/graphql"},
		"/api": {"", "/api"}, "/m/menu/main": {"/m", "/menu/main"},
		"": {}, "/m": {"/m", ""}, "/mylogin": {"/mylogin", ""}, "/api/m": {"/api/m", ""}, "/login/m": {"/login/m", ""},
	} {
		base, page, found := CutPage(given)
		if base != want[0] || page != want[1] || found != (page != "") {
			t.Errorf("%q: got %q, %q, %v", given, base, page, found)
		}
	}
}
