// Package bench measures how long commands take to start and run, and a server to start.
//
// It promises a fair comparison between dxauth and a minimal program that does the
// same: both are built the same way and run alternately, so that a busy machine slows
// both. It reports the ratio of their medians. The targets are 2.3 for version,
// compared with a cobra program that does nothing, and 1.5 for whoami, compared with
// a client that makes the same two requests; 1.5 for prompt and TAB, compared with version;
// and exec adds at most 3 times the cobra program to its command. The minimal programs are
// in testdata. The command report beside it runs the benchmarks that have an aim, and
// writes docs/performance.md and docs/scaling.md, whose figures BenchmarkCost measures; the
// package peers compares with servers of others.
package bench
