package refusal

// Code says in which way something was refused or failed.
type Code string

// The codes.
const (
	Internal         Code = "internal"          // a fault of the program or the machine
	Usage            Code = "usage"             // a wrong flag, argument or setting
	InputRequired    Code = "input_required"    // something is missing and cannot be asked for
	Interrupted      Code = "interrupted"       // Ctrl-C, SIGTERM or an answer of no
	Network          Code = "network"           // the server was not reached, or is not one
	StoreUnavailable Code = "store_unavailable" // no place to keep the credential
	Unauthenticated  Code = "unauthenticated"   // there is no session, or the token is unknown
	SessionEnded     Code = "session_ended"     // there was a session or token, and it has ended
	WrongCredentials Code = "wrong_credentials" // password, verification code or token
	Denied           Code = "denied"            // the caller may not do this
	NotFound         Code = "not_found"         // no such user, org, project, folder or token
	Invalid          Code = "invalid"           // a value that can never be accepted
	Conflict         Code = "conflict"          // not in the present state: taken, done already, changed meanwhile
	Throttled        Code = "throttled"         // too many attempts; Details say when to try again
	Unavailable      Code = "unavailable"       // the server cannot do this now
)

// Codes returns all codes.
func Codes() []Code {
	return []Code{
		Internal, Usage, InputRequired, Interrupted, Network, StoreUnavailable,
		Unauthenticated, SessionEnded, WrongCredentials, Denied, NotFound, Invalid, Conflict, Throttled, Unavailable,
	}
}

// Name returns the name that --json prints. Users see one name for everything
// that a server refuses, whichever its code.
func (c Code) Name() string {
	switch c {
	case Unauthenticated:
		return "not_logged_in"
	case Denied, Invalid, Conflict, Throttled, Unavailable:
		return "refused"
	default:
		return string(c)
	}
}

// ExitCode returns the exit code of a command that ends with c. Codes 0 to 3
// are those of dx. It is never 0.
func (c Code) ExitCode() int {
	switch c {
	case Usage, InputRequired:
		return 2
	case Unauthenticated, SessionEnded, WrongCredentials, NotFound, Network,
		Denied, Invalid, Conflict, Throttled, Unavailable:
		return 3
	case StoreUnavailable:
		return 4
	case Interrupted:
		return 130
	default:
		return 1
	}
}
