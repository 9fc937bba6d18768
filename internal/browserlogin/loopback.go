package browserlogin

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"time"

	"github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
)

// LoopbackLimit is how long the listener waits for the browser.
const LoopbackLimit = 5 * time.Minute

// callbackPath is the path of the redirect. A server accepts no other one.
const callbackPath = "/callback"

// Loopback signs in with a browser on this machine. It calls show with the address to
// open, and then waits for the browser to return.
func (f Flow) Loopback(ctx context.Context, show func(address string) error) (oauth.TokenResponse, error) {
	state, err := f.draw()
	if err != nil {
		return oauth.TokenResponse{}, err
	}
	verifier, err := f.draw()
	if err != nil {
		return oauth.TokenResponse{}, err
	}
	received, err := f.listen(ctx, state)
	if err != nil {
		return oauth.TokenResponse{}, err
	}
	defer received.close()
	request := oauth.AuthorizationRequest{RedirectURI: received.address(), State: state, Verifier: verifier}
	address, err := f.Server.AuthorizationURL(request)
	if err != nil {
		return oauth.TokenResponse{}, err
	}
	if err := show(address); err != nil {
		return oauth.TokenResponse{}, err
	}
	code, err := f.await(ctx, received)
	if err != nil {
		return oauth.TokenResponse{}, err
	}
	token, err := f.Server.RedeemCode(ctx, request, code)
	return token, explain(err)
}

// await returns the code of the first response to this sign-in. Nothing listens any more
// when it returns.
func (f Flow) await(ctx context.Context, received *receiver) (secret.Text, error) {
	defer received.close()
	select {
	case <-ctx.Done():
		return secret.Text{}, ctx.Err()
	case <-f.After(LoopbackLimit):
		return secret.Text{}, ErrTooLate
	case got := <-received.responses:
		return got.code, got.err
	}
}

// listen starts to listen for the browser.
func (f Flow) listen(ctx context.Context, state secret.Text) (*receiver, error) {
	listener, err := firstListener(ctx, "127.0.0.1:0", "[::1]:0")
	if err != nil {
		return nil, err
	}
	metadata := f.Server.Metadata()
	r := &receiver{
		host: listener.Addr().String(), state: state, issuer: metadata.Issuer, namesIssuer: metadata.IssInResponses,
		responses: make(chan response, 1),
	}
	r.server = &http.Server{
		Handler: r, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, MaxHeaderBytes: 16 << 10,
		ErrorLog: noLog(),
	}
	r.server.SetKeepAlivesEnabled(false)
	go func() { _ = r.server.Serve(listener) }() // it ends with close
	return r, nil
}

// firstListener listens on the first of the addresses that this machine has: there may be
// no IPv4. If it has none, the error is that of the first.
func firstListener(ctx context.Context, addresses ...string) (net.Listener, error) {
	var config net.ListenConfig
	var failed error
	for _, address := range addresses {
		listener, err := config.Listen(ctx, "tcp", address)
		if err == nil {
			return listener, nil
		}
		failed = cmp.Or(failed, err)
	}
	return nil, failed
}
