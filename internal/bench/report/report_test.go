package main

import (
	"strings"
	"testing"
)

const output = `goos: linux
BenchmarkWhoami/one-2   	      40	 129299801 ns/op	         0.6700 of-bare
BenchmarkScans/mallory/find-orgs-2   	       1	 5 ns/op	         2.500 times	   64.62 ms/request
BenchmarkScans/mallory/members-16   	       1	 5 ns/op	         12.25 times	   4.62 ms/request
--- FAIL: BenchmarkBroken
PASS
`

// TestTable: a row has the figure of its benchmark or the worst of several, and an aim that
// is missed is in bold.
func TestTable(t *testing.T) {
	s := section{rows: []row{
		{what: "high enough", benchmark: "Whoami/one", unit: "of-bare", aim: 0.6, isMinimum: true},
		{what: "too low", benchmark: "Whoami/one", unit: "of-bare", aim: 0.75, isMinimum: true},
		{what: "the worst", benchmark: "Scans/mallory/", unit: "times", aim: 10},
		{what: "no aim", benchmark: "Scans/mallory/", unit: "ms/request"},
		{what: "just met", benchmark: "Scans/mallory/find-orgs", unit: "times", aim: 2.5},
		{what: "failed", benchmark: "Broken", unit: "times", aim: 1},
	}}
	var table strings.Builder
	writeTable(&table, s, readResults(output))
	want := `| what | measured | aim |
|---|---|---|
| high enough | 0.67 of-bare | ≥ 0.6 |
| too low | 0.67 of-bare | **≥ 0.75** |
| the worst | 12.2 times (members) | **≤ 10** |
| no aim | 64.6 ms/request (find-orgs) |  |
| just met | 2.5 times | ≤ 2.5 |
| failed | not measured here | ≤ 1 |

`
	if table.String() != want {
		t.Errorf("got\n%s\nwant\n%s", table.String(), want)
	}
}

// TestACommandCanBeCopied: what the page shows is what was run.
func TestACommandCanBeCopied(t *testing.T) {
	got := command{env: "DXAUTH_TEST_STORE=postgres", folder: "./internal/refserver", match: "^BenchmarkRoutes$", benchtime: "1x"}.String()
	want := "DXAUTH_TEST_STORE=postgres go test -vet=off -timeout 60m -run '^$' -bench '^BenchmarkRoutes$' -benchtime 1x ./internal/refserver"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
