package failure

import (
	"strings"

	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// WithGeneralHint returns a failure with a hint: its own, or else what helps with every
// failure of its kind. The command is the one that failed, with the program's name.
func WithGeneralHint(failed *refusal.Error, command string) *refusal.Error {
	if failed.Hint != "" {
		return failed
	}
	program, _, _ := strings.Cut(command, " ")
	if hint := reasonHint(failed, program); hint != "" {
		return failed.WithHint(hint)
	}
	return failed.WithHint(codeHint(failed.Code, program, command))
}

func reasonHint(failed *refusal.Error, program string) string {
	answer, _ := refusal.DetailsOf[platform.Answer](failed)
	switch reason := refusal.ReasonOf(failed); {
	case reason == config.WrongSetting:
		return "see " + program + " help environment"
	case reason == refusal.WrongOTP:
		return "give the code that the authenticator app shows now, or an unused recovery code"
	case reason == refusal.SSORequired:
		return "run " + program + " login --sso"
	case answer.Type == dnanexus.TypeUsernameTaken, answer.Type == dnanexus.TypeEmailTaken:
		return "choose another"
	default:
		return ""
	}
}

func codeHint(code refusal.Code, program, command string) string {
	switch code {
	case refusal.Usage, refusal.InputRequired, refusal.Invalid, refusal.Conflict:
		return "see " + command + " --help"
	case refusal.Unauthenticated, refusal.SessionEnded:
		return LoginHint(program)
	case refusal.WrongCredentials:
		return "check the user name, the password and the server"
	case refusal.NotFound:
		return "check the name or ID; it may also be hidden from this account"
	case refusal.Denied:
		return "run " + program + " status to see the account and the server in use"
	case refusal.Throttled, refusal.Unavailable:
		return "try again later"
	case refusal.StoreUnavailable:
		return "see " + program + " help stores"
	case refusal.Internal, refusal.Network:
		return "run " + program + " doctor to find out why"
	default: // interrupted: there is nothing to mend
		return ""
	}
}
