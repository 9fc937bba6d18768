// Package httpcall sends the requests of a platform's client over HTTP. Packages
// dnanexus and molgenis share it, and a client of another protocol can use it:
// fill in a [Sender], send a [Call], and turn an [Answer] that is not of the
// protocol into one of the typed errors.
//
// It promises that a redirect is never followed, because a credential belongs to
// the host that it was made for; that a call is repeated only as often as its
// protocol allows, and only after a failure that may pass; that every wait has a
// limit and every answer a largest size; and that neither a trace nor an error
// shows the credential of the call or the value of a key that names a secret.
// Server text is cleaned before it gets into an error.
//
// It knows no protocol: routes, headers and the meaning of an answer are its
// caller's.
package httpcall
