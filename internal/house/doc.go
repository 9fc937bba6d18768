// Package house checks the rules of the house: the ones about the shape of the
// code, which no compiler and no linter knows.
//
// It promises that a breach fails a test, and that the failure says where it
// is, which rule it breaks and what the rule is for. The rules are two tables:
// who may import whom (imports_test.go) and what a source file may hold
// (source_test.go). They bind the code that ships; a test may import what it
// needs to try the real parts. A rule about a package that does not exist yet
// binds nothing. Source is read as text, not built, so that the files of every
// operating system are checked on any of them.
package house
