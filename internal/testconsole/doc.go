// Package testconsole gives tests on Windows a console of their own.
//
// It promises that a test has a console without a window, at which nobody types
// and nothing else writes, even if the tests run without one, as in a service or
// under wine: [Run] starts the test again in a process of its own. [Type] types,
// and [Interrupt] presses Ctrl-C. On other systems the package is empty; tests use
// pseudo-terminals there.
package testconsole
