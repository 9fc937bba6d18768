package main

import (
	"io"
	"strings"
	"testing"
)

const output = `goos: linux
BenchmarkWhoami/one-2   	      40	 129299801 ns/op	         0.6700 of-bare
BenchmarkScans/mallory/find-orgs-2   	       1	 5 ns/op	         2.500 times	   64.62 ms/request
BenchmarkScans/mallory/members-16   	       1	 5 ns/op	         12.25 times	   4.62 ms/request
BenchmarkRoutes/page/1-2   	       1	 5 ns/op	         2 times-whoami
BenchmarkRoutes/page/16-2   	       1	 5 ns/op	         3.01 times-whoami	         7.5 ms
--- FAIL: BenchmarkBroken
    broken_test.go:1: no
PASS
`

// A row has the figure of its benchmark or the worst of several, and an aim that is missed
// is in bold. An optional row without a figure is left out.
func TestTable(t *testing.T) {
	s := section{rows: []row{
		{what: "high enough", benchmark: "Whoami/one", unit: "of-bare", aim: 0.6, isMinimum: true},
		{what: "too low", benchmark: "Whoami/one", unit: "of-bare", aim: 0.75, isMinimum: true},
		{what: "the worst", benchmark: "Scans/mallory/", unit: "times", aim: 10},
		{what: "no aim", benchmark: "Scans/mallory/", unit: "ms/request"},
		{what: "just met", benchmark: "Scans/mallory/find-orgs", unit: "times", aim: 2.5},
		{what: "failed", benchmark: "Broken", unit: "times", aim: 1},
		{what: "a program that is not here", benchmark: "Start/peer_npm", unit: "times", isOptional: true},
	}}
	var table strings.Builder
	writeTable(&table, s, readResults(output))
	want := `| what | measured | aim |
|---|---|---|
| high enough | 67 % | ≥ 60 % |
| too low | 67 % | **≥ 75 %** |
| the worst | 12.2 times (members) | **≤ 10 times** |
| no aim | 64.6 ms (find orgs) |  |
| just met | 2.5 times | ≤ 2.5 times |
| failed | not measured | ≤ 1 times |
`
	if table.String() != want {
		t.Errorf("got\n%s\nwant\n%s", table.String(), want)
	}
}

// A row can have several figures. Each of those in its own unit has to reach the aim.
func TestColumns(t *testing.T) {
	s := section{
		columns: []column{{"1 connection", "1", ""}, {"16", "16", ""}, {"16", "16", "ms"}},
		rows:    []row{{what: "a page", benchmark: "Routes/page/", unit: "times-whoami", aim: 3}},
	}
	var table strings.Builder
	writeTable(&table, s, readResults(output))
	want := `| what | 1 connection | 16 | 16 | aim |
|---|---|---|---|---|
| a page | 2 times | 3.01 times | 7.5 ms | **≤ 3 times** |
`
	if table.String() != want {
		t.Errorf("got\n%s\nwant\n%s", table.String(), want)
	}
}

// A command that fails and a figure that is missing are named with their benchmarks.
func TestWhatFailedIsNamed(t *testing.T) {
	s := section{
		title:    "Routes",
		commands: []command{{folder: "./no-such-folder", match: "^BenchmarkBroken$", benchtime: "1x"}},
		rows: []row{
			{what: "failed", benchmark: "Broken", unit: "times"},
			{what: "a program that is not here", benchmark: "Start/peer_npm", unit: "times", isOptional: true},
		},
	}
	results, err := s.measure(t.Context(), t.TempDir(), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "-bench '^BenchmarkBroken$'") {
		t.Errorf("got %v, want the command", err)
	}
	missing := s.missing(results)
	if want := "Routes, failed: no benchmark Broken reported times"; len(missing) != 1 || missing[0].Error() != want {
		t.Errorf("got %v, want %s", missing, want)
	}
	if got, want := failed(output), "\n    BenchmarkBroken"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A run replaces its own part of the page, and keeps the others.
func TestPartsAreReplaced(t *testing.T) {
	all := parts()
	page := ""
	for _, p := range all {
		page = replacePart(page, p, "old "+p.title)
	}
	page = replacePart(page, all[0], "new")
	if textOf(page, all[0]) != "new" || !strings.HasPrefix(page, "# Performance\n") {
		t.Errorf("the part was not replaced:\n%s", page)
	}
	for _, p := range all[1:] {
		if textOf(page, p) != "old "+p.title {
			t.Errorf("%q was not kept:\n%s", p.name, page)
		}
	}
}

// A busy machine is a sentence of the page.
func TestBusyMachineIsMentioned(t *testing.T) {
	for load, want := range map[string]bool{"0.95": false, "1.00": false, "1.01": true, "14.85": true, "": false} {
		if got := strings.Contains(business(load), "busy"); got != want {
			t.Errorf("load %s: %s", load, business(load))
		}
	}
}

// What the page shows is what was run.
func TestACommandCanBeCopied(t *testing.T) {
	got := command{env: "DXAUTH_TEST_STORE=postgres", folder: "./internal/refserver", match: "^BenchmarkRoutes$", benchtime: "1x"}.String()
	want := "DXAUTH_TEST_STORE=postgres go test -vet=off -timeout 60m -run '^$' -bench '^BenchmarkRoutes$' -benchtime 1x ./internal/refserver"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// An argument names a part, or is refused.
func TestPartOf(t *testing.T) {
	if p, err := partOf(nil); err != nil || p.target() != "make bench" {
		t.Errorf("got %s, %v", p.target(), err)
	}
	if _, err := partOf([]string{"all"}); err == nil {
		t.Error("an unknown part is accepted")
	}
}
