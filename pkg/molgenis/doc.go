// Package molgenis speaks the protocols of MOLGENIS: the REST API and the form
// routes of the classic generation, and the GraphQL API of EMX2, as far as they
// sign users in and keep their tokens.
//
// It promises that a type here is the one description of its message: the
// client sends and reads it, and the reference server reads and sends it. What
// only the reference server has is marked as an extension of dxauth. A secret
// in a message is a secret.Wire, so a message may be printed or logged without
// showing it.
//
// A call of the [Client] never follows a redirect, because a credential belongs to
// the host that it was made for, and sends no cookie but those of its credential. A
// sign-in is sent once.
//
// The package knows nothing of terminals, keyrings or settings. Facts about the
// protocols come from the public source of molgenis, molgenis-py-client 2.4.1,
// molgenis-tools-commander 1.11.1, molgenis-r-client 0.0.2 and molgenis-emx2
// 13.183.2.
package molgenis
