package project

import "testing"

func TestBelow(t *testing.T) {
	for _, test := range []struct{ from, text, want string }{
		{"/", "raw", "/raw"},
		{"/raw", "batch 1", "/raw/batch 1"},
		{"/raw", "..", "/"},
		{"/raw/batch 1", "../../results", "/results"},
		{"/raw", "../../..", "/"},
		{"/raw", "/", "/"},
		{"/raw", "/results/", "/results"},
		{"/raw", "/a/../b", "/b"},
		{"/raw", ":batch 1", "/batch 1"},
		{"/raw", ":/batch 1", "/batch 1"},
		{"/raw", ":", "/"},
		{"/raw", ".", "/raw"},
		{"/raw", "", "/raw"},
	} {
		if got := below(test.from, test.text); got != test.want {
			t.Errorf("%q from %q: got %q, want %q", test.text, test.from, got, test.want)
		}
	}
}
