package run

import "testing"

// These are PowerShell's rules: nothing but quotes is special in single quotes, five
// characters are such quotes, and each is written twice. No PowerShell runs here.
func TestPowerShellQuote(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "''",
		"plain":                  "'plain'",
		"it's":                   "'it''s'",
		"''":                     "''''''",
		"it\u2019s":              "'it\u2019\u2019s'",
		"\u2018a\u201ab\u201b":   "'\u2018\u2018a\u201a\u201ab\u201b\u201b'",
		`"double" and “curly”`:   `'"double" and “curly”'`,
		"$env:HOME $(whoami) `n": "'$env:HOME $(whoami) `n'",
		"a; Remove-Item b":       "'a; Remove-Item b'",
		"two\nlines\r\n":         "'two\nlines\r\n'",
		`C:\Users\al`:            `'C:\Users\al'`,
		"a\x00b":                 "'ab'",
		"{\"auth_token\":\"x\"}": "'{\"auth_token\":\"x\"}'",
	} {
		if got := powerShellQuote(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestScripts(t *testing.T) {
	set, unset := []variable{{"A", "it's"}, {"B", "2"}}, []string{"C", "D"}
	for name, tt := range map[string]struct {
		shell shell
		want  string
	}{
		"posix":      {posixShell(), "export A='it'\\''s'\nexport B='2'\nunset C D\n"},
		"fish":       {fishShell(), "set -gx A 'it\\'s'\nset -gx B '2'\nset -e C D\n"},
		"powershell": {powerShell(), "$env:A = 'it''s'\n$env:B = '2'\nRemove-Item -ErrorAction Ignore -Path Env:C,Env:D\n"},
	} {
		if got := tt.shell.script(set, unset); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, tt.want)
		}
	}
}
