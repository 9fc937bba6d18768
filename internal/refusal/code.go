package refusal

// Code is the kind of a refusal or failure.
type Code string

// The codes.
const (
	Internal         Code = "internal"          // an error of the program or the machine
	Usage            Code = "usage"             // a wrong flag, argument or setting
	InputRequired    Code = "input_required"    // an input is missing, and there is no terminal to ask on
	Interrupted      Code = "interrupted"       // cancelled by Ctrl-C, SIGTERM or the user's answer
	Network          Code = "network"           // the server cannot be reached, or is not a server of the platform
	StoreUnavailable Code = "store_unavailable" // no usable credential store
	Unauthenticated  Code = "unauthenticated"   // no session, or the token is unknown
	SessionEnded     Code = "session_ended"     // the session or token has ended
	WrongCredentials Code = "wrong_credentials" // wrong password, verification code or token
	Denied           Code = "denied"            // the caller may not do this
	NotFound         Code = "not_found"         // no such user, org, project, folder or token
	Invalid          Code = "invalid"           // an input that can never be accepted
	Conflict         Code = "conflict"          // not possible in the present state: taken, done already, changed meanwhile
	Throttled        Code = "throttled"         // too many attempts; Details is a Wait
	Unavailable      Code = "unavailable"       // the server cannot do this now
)

// Codes returns all codes.
func Codes() []Code {
	return []Code{
		Internal, Usage, InputRequired, Interrupted, Network, StoreUnavailable,
		Unauthenticated, SessionEnded, WrongCredentials, Denied, NotFound, Invalid, Conflict, Throttled, Unavailable,
	}
}

// Name returns the name that --json prints. Most refusals of a server share the name
// "refused".
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

// ExitCode returns the exit code of a command that fails with c. It is never 0. Codes
// up to 3 have the same meaning as for dx.
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
