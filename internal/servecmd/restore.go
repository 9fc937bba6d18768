package servecmd

import (
	"fmt"
	"io"

	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refusal"
)

// tokenChoice returns what happens to the API tokens of a copy.
func (o serveOptions) tokenChoice() service.TokenChoice {
	switch {
	case !o.choseTokens:
		return service.AskAboutTokens
	case o.restoreTokens:
		return service.KeepTokens
	default:
		return service.EndTokens
	}
}

// openFailed turns an error of refserver.Open into a failure of this command.
func openFailed(store string, err error) error {
	restored, isCopy := refusal.DetailsOf[service.Restored](err)
	if !isCopy {
		return serverFailed(err)
	}
	return refusal.Usagef("--store %s: a copy of %s, with the API tokens of that time; give --restore-tokens to keep them, even those revoked since, or --restore-tokens=false to end all of them",
		store, restored.Copied.Local().Format("2006-01-02 15:04"))
}

// printRestored warns about the first start on a copy; restored is nil otherwise.
func printRestored(restored *service.Restored, stderr io.Writer) {
	if restored == nil {
		return
	}
	tokens := "all API tokens are ended"
	if restored.Tokens == service.KeepTokens {
		tokens = "API tokens are kept, even those revoked since"
	}
	fmt.Fprintf(stderr, "warning: the store is a copy of %s: all sessions and one-time codes are ended, %s\n"+
		"passwords, second factors, locks and memberships are those of that time: check what changed since\n",
		restored.Copied.Local().Format("2006-01-02 15:04"), tokens)
}
