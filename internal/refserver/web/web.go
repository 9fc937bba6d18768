// Package web has what all protocols and pages of the reference server share: the
// access levels of routes, and the protections that a browser needs.
//
// It promises that each access level has one meaning and the zero value denies
// everyone; that scripts and other sites cannot read or set the session cookie,
// which is never sent over a connection that others can read; that no other site can
// make a browser call the server, unless its origin is listed; that responses are not
// cached, sniffed or framed; and that text in a page cannot become markup.
//
// It knows neither the store nor a protocol: names of cookies, addresses of forms
// and texts of errors come from the packages that use it.
package web
