// Package soak tries whether the reference server keeps its word when it is
// killed, when its disk is full, and when its file is locked, damaged or not
// its own. It is tests only.
//
// They promise that the real program is tried, as a process of its own on a
// file of its own, and that it is killed as the kernel kills: at any moment and
// without a chance to tidy up. What the server acknowledged has to be there
// afterwards, what it refused must not be, and what it was doing at that moment
// has to be there whole or not at all.
//
// SOAK_KILLS sets how often the server is killed at work: 5 times unless told,
// and 200 times by "make soak".
package soak
