package child

import (
	"strings"
	"testing"
)

func TestWhatRunsWithCmd(t *testing.T) {
	for program, want := range map[string]bool{
		`build.bat`: true, `C:\tools\build.cmd`: true, `BUILD.BAT`: true, `build.Cmd`: true,
		`build.bat.`: true, `build.bat `: true, `build.cmd. . `: true, `/z/build.exe.bat`: true,
		`build.exe`: false, `bat`: false, `build.bat.exe`: false, `build.batch`: false, ``: false, `a.cmd\build`: false,
	} {
		if got := isBatch(strings.ReplaceAll(program, `\`, "/")); got != want {
			t.Errorf("%q: got %v, want %v", program, got, want)
		}
	}
}

func TestBatchLine(t *testing.T) {
	const start = `cmd.exe /d /e:on /v:off /s /c ""C:\my tools\b.bat"`
	for _, test := range []struct {
		args []string
		want string // "": refused
	}{
		{nil, start + `"`},
		{[]string{"ls", "-l", "/raw", `C:\data\`, "a@b.org", "1.5"}, start + ` ls -l /raw C:\data\ a@b.org 1.5"`},
		{[]string{""}, start + ` """`},
		{[]string{"c&calc"}, start + ` "c&calc""`},
		{[]string{"a b", "a|b", "a>b", "a<b", "a^b", "(a)", "a=b", "a,b", "a;b", "!a!", "'a'", "`a`", "a*?", "ä\t€"},
			start + ` "a b" "a|b" "a>b" "a<b" "a^b" "(a)" "a=b" "a,b" "a;b" "!a!" "'a'" "` + "`a`" + `" "a*?" "ä` + "\t" + `€""`},
		{[]string{`C:\my data\`, `a \\`}, start + ` "C:\my data\\" "a \\\\""`},
		{[]string{`"`}, ""},
		{[]string{`a"&calc&"`}, ""},
		{[]string{"%PATH%"}, ""},
		{[]string{"50%"}, ""},
		{[]string{"a\nb"}, ""},
		{[]string{"a\rb"}, ""},
		{[]string{"a\x00b"}, ""},
		{[]string{"a\x1ab"}, ""},
		{[]string{"a\u0085b"}, ""},
		{[]string{strings.Repeat("a", 8192)}, ""},
	} {
		got, err := batchLine(`C:\my tools\b.bat`, test.args)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%q: got %s (%v), want %s", test.args, got, err, test.want)
		}
	}
}

func TestBatchErrorsNameTheArgument(t *testing.T) {
	for want, args := range map[string][]string{
		"a batch file can't get argument 2 as it is: it has a percent sign (%)":                         {"a", "%b%"},
		`a batch file can't get argument 1 as it is: it has a quotation mark (")`:                       {`"`, "%"},
		"a batch file can't get argument 3 as it is: it has a line break or control character (U+000A)": {"a", "b", "\n"},
		"the arguments of the batch file are too long: cmd.exe takes 8191 characters":                   {strings.Repeat("a ", 5000)},
	} {
		if _, err := batchLine("b.bat", args); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := batchLine("100%.bat", nil); err == nil || err.Error() != "the path of the batch file has a percent sign (%)" {
		t.Errorf("got %v", err)
	}
}
