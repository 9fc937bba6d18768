package servecmd

import (
	"fmt"
	"io"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/history"
	"github.com/dxauth/dxauth/internal/refusal"
)

// tokenChoice returns what happens to the API tokens of a copy.
func (o serveOptions) tokenChoice() history.TokenChoice {
	switch {
	case !o.choseTokens:
		return history.AskAboutTokens
	case o.restoreTokens:
		return history.KeepTokens
	default:
		return history.EndTokens
	}
}

// openFailed turns an error of refserver.Open into a failure of this command.
func (o serveOptions) openFailed(config refserver.Config, err error) error {
	restored, isEarlier := refusal.DetailsOf[history.Restored](err)
	switch {
	case !isEarlier:
		return serverFailed(err)
	case restored.Copied.IsZero():
		return refusal.Usagef("the %s is at an earlier time than this server has seen, with the API tokens of that time", o.store).
			WithHint("check " + refserver.MemoryFile(config.KeyFile) + "; if that is right, " + restoreHint)
	default:
		return refusal.Usagef("the %s is a copy of %s, with the API tokens of that time", o.store, restored.Copied.Local().Format("2006-01-02 15:04")).
			WithHint(restoreHint)
	}
}

// restoreHint says what a server needs for its first start on a copy.
const restoreHint = "give --restore-tokens to keep them, even those revoked since, or --restore-tokens=false to end all of them"

// printRestored warns about the first start on a store that is at an earlier time;
// restored is nil otherwise.
func printRestored(restored *history.Restored, stderr io.Writer) {
	if restored == nil {
		return
	}
	tokens := "all API tokens are ended"
	if restored.Tokens == history.KeepTokens {
		tokens = "API tokens are kept, even those revoked since"
	}
	what := "is at an earlier time than it was"
	if !restored.Copied.IsZero() {
		what = "is a copy of " + restored.Copied.Local().Format("2006-01-02 15:04")
	}
	fmt.Fprintf(stderr, "warning: the store %s: all sessions and one-time codes are ended, %s\n"+
		"passwords, second factors, locks and memberships are those of that time: check what changed since\n", what, tokens)
}
