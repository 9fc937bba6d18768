package format

import (
	"github.com/dxauth/dxauth/internal/platform"
)

// ProfileRows returns the rows that describe a user. A nil twoFactor leaves out
// whether two-factor authentication is on.
func ProfileRows(profile platform.Profile, twoFactor *bool, server string) [][2]string {
	name := FullName(profile.First, profile.Middle, profile.Last)
	rows := [][2]string{
		{"User", profile.Name}, {"ID", profile.ID}, {"Name", OrDash(name)}, {"E-mail", OrDash(profile.Email)},
	}
	if profile.BillTo != "" {
		rows = append(rows, [2]string{"Billed to", profile.BillTo})
	}
	if !profile.Created.IsZero() {
		rows = append(rows, [2]string{"Since", DateText(profile.Created)})
	}
	if twoFactor != nil {
		rows = append(rows, [2]string{"Two-factor", OnOrOff(*twoFactor)})
	}
	return append(rows, [2]string{"Server", server})
}
