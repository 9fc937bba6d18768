// Package bench measures what a person waits for when a command starts.
//
// It promises to compare like with like: the program under test and the least
// program that could do the same, built the same way and started in turns, so
// that a busy machine slows both. What it reports is the quotient of their
// medians; the aims are 2.3 for version, compared with a cobra program that does
// nothing, and 1.5 for whoami, compared with a client that makes the same two
// requests. The programs to compare with are in testdata.
package bench
