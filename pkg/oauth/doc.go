// Package oauth is a client of the OAuth 2.0 endpoints of a dxauth server: those that
// sign users in in their browser, and those that exchange the ID token of a CI job. The
// protocol of the platform does not matter here: servers of all types have the same
// endpoints.
//
// It promises that nothing but the server that was named is ever called: the issuer in
// the metadata must be that server, and each endpoint must be below it (RFC 8414, section
// 3.3). A code is redeemed once. A response that is not of the protocol is a typed error
// of package httpcall, and neither an error nor a trace shows a code, a verifier or a
// token.
//
// Opening a browser, listening for its redirect and waiting for the approval of a device
// code are left to the caller.
package oauth
