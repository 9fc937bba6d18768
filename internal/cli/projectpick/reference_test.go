package projectpick

import (
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

func TestReadings(t *testing.T) {
	const id = "project-000000000000000000000001"
	tests := map[string]struct {
		text string
		want []reading
	}{
		"a name":                            {"Exome 2026", []reading{{"Exome 2026", "/"}}},
		"a folder":                          {"Exome:/raw", []reading{{"Exome", "/raw"}, {"Exome:/raw", "/"}}},
		"a deep folder":                     {"Exome:/raw/batch 1", []reading{{"Exome", "/raw/batch 1"}, {"Exome:/raw/batch 1", "/"}}},
		"the root":                          {"Exome:/", []reading{{"Exome", "/"}, {"Exome:/", "/"}}},
		"nothing after the colon":           {"Exome:", []reading{{"Exome", "/"}, {"Exome:", "/"}}},
		"no slash":                          {"Exome:raw", []reading{{"Exome", "/raw"}, {"Exome:raw", "/"}}},
		"a slash too many":                  {"Exome://raw//", []reading{{"Exome", "/raw"}, {"Exome://raw//", "/"}}},
		"two colons":                        {"a:/b:/c", []reading{{"a", "/b:/c"}, {"a:/b:/c", "/"}, {"a:/b", "/c"}}},
		"an escape":                         {`Run 12\:30`, []reading{{"Run 12:30", "/"}, {`Run 12\:30`, "/"}, {`Run 12\`, "/30"}}},
		"an escape and a folder":            {`Run 12\:30:/raw`, []reading{{"Run 12:30", "/raw"}, {`Run 12\:30:/raw`, "/"}, {`Run 12\`, "/30:/raw"}, {`Run 12\:30`, "/raw"}}},
		"a backslash at the very end":       {`Exome\`, []reading{{`Exome\`, "/"}}},
		"a backslash that is not an escape": {`C\temp`, []reading{{`C\temp`, "/"}}},
		"two backslashes":                   {`C\\temp`, []reading{{`C\temp`, "/"}, {`C\\temp`, "/"}}},
		"an ID":                             {id, []reading{{id, "/"}}},
		"an ID and a folder":                {id + ":raw", []reading{{id, "/raw"}}},
		"no name":                           {":/raw", []reading{{":/raw", "/"}}},
		"nothing":                           {"", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := readings(tt.text); !slices.Equal(got, tt.want) {
				t.Errorf("%q can be\n%q, want\n%q", tt.text, got, tt.want)
			}
		})
	}
}

// FuzzReadings checks that every name is understood as it is and escaped, with and
// without a folder, that folders are absolute, and that the list is short.
func FuzzReadings(f *testing.F) {
	for _, seed := range [][2]string{{"Exome 2026", "/raw"}, {`Run 12:30`, "/"}, {`a\`, "b/"}, {`\:`, "//:"}, {"a:b:c", ""}, {"\xff:", "\x00"}, {strings.Repeat(":", 100), "/"}} {
		testfuzz.Add(f, seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, tail string) {
		folder := "/" + strings.Trim(tail, "/")
		all := map[string]reading{
			name: {name, "/"}, Escape(name): {name, "/"}, Escape(name) + ":" + tail: {name, folder},
		}
		if !strings.ContainsAny(name+tail, `:\`) {
			all[name+":"+tail] = reading{name, folder}
		}
		for text, want := range all {
			list := readings(text)
			if name != "" && !(reading{name: name}).isID() && !slices.Contains(list, want) {
				t.Errorf("%q can be %q, not %q", text, list, want)
			}
			if len(list) > maxReadings {
				t.Errorf("%q can be %d things", text, len(list))
			}
			for _, r := range list {
				if r.name == "" || !strings.HasPrefix(r.folder, "/") {
					t.Errorf("%q can be %q", text, r)
				}
			}
		}
	})
}
