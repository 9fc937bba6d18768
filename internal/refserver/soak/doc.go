// Package soak tests that the reference server loses no data when it is killed, when
// its disk is full, and when its file is locked, damaged or that of another program.
// It has only tests.
//
// They run the real program as a process with its own file, and kill it with SIGKILL
// at a random moment. Afterwards, everything that the server acknowledged must be
// there, nothing that it refused, and a change in progress either completely or not
// at all.
//
// The tests with the tag failover have two servers on PostgreSQL, and lose a machine: the
// primary, its standby, or a server behind nginx. "make failover" runs them.
//
// SOAK_KILLS sets how often the server of a store is killed: 5 times by default, and 200
// times with "make soak". SOAK_TIME=1h takes new stores until an hour is over.
package soak
