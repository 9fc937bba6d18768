// Package sso is the relying party: users sign in to this server with an account at an
// OpenID provider that the server's administrator configured (OpenID Connect Core 1.0,
// section 3.1; RFC 9700).
//
// It promises that a response of a provider signs in only the browser that asked for it,
// only once, and only with the provider that was asked: state, nonce and the verifier of
// the code are bound to a cookie of that browser, and iss is checked (RFC 9207). What a
// provider says is believed only after package idtoken verified it. Calls to a provider
// are bounded in time and size, and never happen inside a transaction.
//
// Who the user is, and whether an account may be made or linked, is decided by package
// linking. This package also reads the file with the providers.
package sso
