// Package web is what all protocols and pages of the reference server use to
// decide who may call a route, and to be safe in a browser.
//
// It promises one vocabulary of access, in which each word has one meaning and
// the zero value lets nobody in; a session cookie that scripts and other sites
// cannot read or set, and none over a connection that others can read; that no
// other site makes a browser change something with that cookie; headers under
// which nothing is cached, sniffed or framed; and pages whose text cannot become
// markup.
//
// It knows neither the store nor a protocol: the names of cookies, the addresses
// of forms and the words of a refusal come from the packages that use it.
package web
