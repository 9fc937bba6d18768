package run

import (
	"context"

	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/keyless"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// checkIDToken checks the flags of an ID token.
func (o execOptions) checkIDToken() error {
	if o.idToken.ReadsStdin() {
		return refusal.Usagef("--id-token-file -: standard input belongs to the command").
			WithHint("name a file, or use --id-token auto")
	}
	return o.idToken.Check()
}

// signedIn returns the account that the command acts for, and what ends a token that was
// made for it.
func (o execOptions) signedIn(ctx context.Context) (in kit.SignedIn, end func(), err error) {
	if !o.idToken.Wanted() {
		in, err = o.client.Active(ctx)
		return in, func() {}, err
	}
	exchange := keyless.Exchange{Console: o.Console, Flags: o.idToken, Servers: o.client.Servers, Getenv: o.getenv}
	in, err = exchange.SignedIn(ctx)
	return in, func() { o.endExchanged(ctx, in) }, err
}

// endExchanged revokes a token once its command has ended, also after Ctrl-C.
func (o execOptions) endExchanged(ctx context.Context, in kit.SignedIn) {
	err := connect.SignOut(context.WithoutCancel(ctx), in, connect.RevokeTime)
	o.warnUnlessEnded(platform.NewToken{Expires: in.Account.Expires}, err)
}
