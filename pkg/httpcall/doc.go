// Package httpcall sends the calls of a platform's client over HTTP. The packages
// of the protocols share it, and through it the errors of a call without a good
// answer.
//
// It promises that a redirect is handed out and never followed, because a
// credential belongs to the host that it was made for; that a call is repeated
// only as often as its protocol allows, and only where the failure may pass;
// that every wait has a limit and every answer a largest size; and that neither
// the trace nor an error shows the credential of the call or what stands under a
// secret's name. What a server wrote is cleaned before it gets into an error.
//
// It knows no protocol: routes, headers and what an answer means are its
// caller's.
package httpcall
