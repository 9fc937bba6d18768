// Package peers compares dxauth with servers that others wrote: how fast they tell the owner
// of a token who that is.
//
// It promises a comparison of the same: each server is a process of its own, built without
// C, with request logs off, and as many users, each of whom signed in there
// and got a token. All are asked over the loopback by the same client in turns, from
// 1, 16 and 256 connections, right after a handler of net/http that looks nothing up. The
// figure is the share of that handler's speed. A server that accepts a token that it did not
// make, or names another user, fails the benchmark.
//
// What they do is not the same: Dex checks a signature and reads no session, PocketBase reads the row of
// the user, Kratos the rows of session and user, dxauth those of the token and the user, and when it
// was last used.
//
// The others are built from the Go module proxy, by modules below internal/interop, which takes
// some minutes the first time. Run it with "make bench-peers".
package peers
