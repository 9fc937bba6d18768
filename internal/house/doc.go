// Package house tests the project's own rules about the structure of its code, which
// no compiler or linter checks.
//
// It promises that a breach fails a test, which says where it is, which rule it breaks
// and why the rule exists. The rules are tables: imports (imports_test.go), the content
// of source files (source_test.go), sizes (size_test.go) and wording (words_test.go).
// The rules about code bind what ships; tests may import what they need, and wait for the
// goroutines that they start (goroutines_test.go).
//
// The source is parsed, not built, so that the files of every operating system are
// checked on each of them.
package house
