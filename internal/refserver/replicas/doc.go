// Package replicas tests servers that share a database of PostgreSQL. It has only tests.
//
// They let requests meet that arrive at two servers at the same moment. Whatever may be
// used or made once, a code or a name, exactly one of the requests gets, in every round,
// and the others are refused as if they had come later. What one server has ended, the
// other refuses by its next request.
//
// WINNER_ROUNDS sets how often each race is repeated: 20 times by default, and 1,000
// times with "make races".
package replicas
