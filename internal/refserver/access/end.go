package access

import "time"

// Link is a token of a chain, in which each was made with the one before, and what
// ends it besides its expiry.
type Link struct {
	Token   Token
	Idle    time.Duration // idle limit of a session
	Blocked bool          // its user is disabled or locked, or its trust rule has ended
}

// state returns why the token of the link has ended, or "".
func (l Link) state(now time.Time) Reason {
	if reason := l.Token.State(now, l.Idle); reason != "" {
		return reason
	}
	if l.Blocked {
		return Revoked
	}
	return ""
}

// End says why a token is not valid. Everything made with the token of the signature
// has ended, too.
type End struct {
	Signature string
	Reason    Reason // empty: the token is valid
}

// EndOf returns the end of a token. Root is the first token of its chain, nil if the
// token was not made with another one. The first alone can be a session. The tokens
// in between need no look: what ends one of them ends those made with it in the same
// statement, and an expiry is never later than that of the token before.
func EndOf(token Link, root *Link, now time.Time) End {
	own := End{Signature: token.Token.Signature, Reason: token.state(now)}
	switch {
	case !token.Token.Ended.IsZero() || token.Token.Parent == "":
		return own
	case root == nil: // must not happen; without its root nobody can end it
		return End{Signature: token.Token.Signature, Reason: Revoked}
	}
	if reason := root.state(now); reason != "" {
		return End{Signature: root.Token.Signature, Reason: reason}
	}
	return own
}
