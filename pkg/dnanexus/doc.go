// Package dnanexus speaks the protocol of DNAnexus-like platforms: the wire
// types, the typed errors, and a [Client] for the two servers that make up a
// platform, the auth server (sign-in and tokens) and the API server
// (everything else).
//
// It promises that a type here is the one description of its message: the
// client sends and reads it, and the reference server reads and sends it. What
// is known of the protocol only from reading a client's source, and not from a
// server, is said at the type. A secret in a message is a secret.Wire, so a
// message may be printed or logged without showing it.
//
// The package knows nothing of terminals, keyrings or settings, and keeps no
// state between calls but the connection pool of its http.Client. A call never
// follows a redirect, because a token belongs to the host that it was made
// for, and a sign-in is never repeated by itself.
//
// Facts about the protocol come from the public source of its clients: the
// Python client dx 0.413.0, dxda 0.6.3 and dxfuse 1.6.1.
package dnanexus
