package child

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// maxBatchLine is the longest command line that cmd.exe takes, in characters.
const maxBatchLine = 8191

// isBatch reports whether Windows runs a program with cmd.exe. Dots and blanks at
// the end of a name do not count there.
func isBatch(program string) bool {
	extension := filepath.Ext(strings.TrimRight(program, ". "))
	return slices.Contains([]string{".bat", ".cmd"}, strings.ToLower(extension))
}

// batchLine returns the command line by which cmd.exe runs a batch file with
// exactly these arguments. cmd.exe takes the line apart by rules of its own, in
// which the usual quoting runs what is behind a & as a command. What has a meaning
// between its quotes, too, can't be passed and is an error.
func batchLine(program string, args []string) (string, error) {
	if why := unsafeForBatch(program); why != "" {
		return "", fmt.Errorf("the path of the batch file has %s", why)
	}
	var line strings.Builder
	line.WriteString(`cmd.exe /d /e:on /v:off /s /c ""` + program + `"`)
	for i, arg := range args {
		if why := unsafeForBatch(arg); why != "" {
			return "", fmt.Errorf("a batch file can't get argument %d as it is: it has %s", i+1, why)
		}
		line.WriteString(" " + batchArgument(arg))
	}
	line.WriteString(`"`)
	if line.Len() > maxBatchLine {
		return "", fmt.Errorf("the arguments of the batch file are too long: cmd.exe takes %d characters", maxBatchLine)
	}
	return line.String(), nil
}

// unsafeForBatch returns the part of a text that cmd.exe would not pass on, or "".
func unsafeForBatch(text string) string {
	for _, char := range text {
		switch {
		case char == '"':
			return `a quotation mark (")`
		case char == '%':
			return "a percent sign (%)"
		case unicode.IsControl(char) && char != '\t':
			return fmt.Sprintf("a line break or control character (%U)", char)
		}
	}
	return ""
}

// batchArgument quotes an argument, unless it is plain. A program that gets it from
// the batch file reads backslashes before a quotation mark as half as many.
func batchArgument(arg string) string {
	if arg != "" && !strings.ContainsFunc(arg, needsQuotes) {
		return arg
	}
	backslashes := len(arg) - len(strings.TrimRight(arg, `\`))
	return `"` + arg + strings.Repeat(`\`, backslashes) + `"`
}

func needsQuotes(char rune) bool {
	isPlain := 'a' <= char && char <= 'z' || 'A' <= char && char <= 'Z' || '0' <= char && char <= '9' ||
		strings.ContainsRune(`-_./\:@+`, char)
	return !isPlain
}
