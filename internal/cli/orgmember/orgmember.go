// Package orgmember has the commands about the members of an org: admin org members,
// invite, access and remove.
//
// It promises that a change says exactly what was asked for: what no flag names stays as
// it is, or is the platform's default for a new member; that wrong flags are refused before
// anything is sent; and that nobody loses access without a confirmation.
package orgmember

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// Commands returns the commands, for below admin org.
func Commands(env kit.Env) []*cobra.Command {
	return []*cobra.Command{membersCommand(env), inviteCommand(env), accessCommand(env), removeCommand(env)}
}

// Results returns what each command prints with --json, for docs/schema.
func Results() map[string][]any {
	return map[string][]any{
		"admin org members": {membersJSON{}},
		"admin org invite":  {invitedJSON{}},
		"admin org access":  {memberJSON{}},
		"admin org remove":  {removedJSON{}},
	}
}

// userID returns the ID of a user who is given by ID or name.
func userID(name string) string {
	if strings.HasPrefix(name, dnanexus.ClassUser+"-") {
		return name
	}
	return dnanexus.UserID(name)
}
