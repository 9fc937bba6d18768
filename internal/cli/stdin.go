package cli

import (
	"io"
	"strings"

	"github.com/dxauth/dxauth/internal/refusal"
)

// maxSecretInput bounds what is read of tokens, passwords and codes, in bytes.
const maxSecretInput = 64 << 10

// secretLines reads the first lines of standard input, on which a script hands
// secrets in. Those that are missing are empty.
func (a *app) secretLines(count int) ([]string, error) {
	content, err := a.readAll(maxSecretInput)
	if err != nil {
		return nil, err
	}
	lines := make([]string, count)
	rest := string(content)
	for i := range lines {
		lines[i], rest, _ = strings.Cut(rest, "\n")
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return lines, nil
}

// readAll reads declared data from standard input, at most limit bytes.
func (a *app) readAll(limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(a.Stdin, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, refusal.Usagef("standard input is longer than %d bytes", limit)
	}
	return content, nil
}
