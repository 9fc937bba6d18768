package kit

import (
	"fmt"
	"strings"

	"github.com/dxauth/dxauth/internal/platform"
)

// ProfileRows are what a table tells of a person. Whether two-factor
// authentication is on may be left open with nil.
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

// CheckEmail finds the slips of typing; the server checks the rest.
func CheckEmail(address string) error {
	name, host, found := strings.Cut(address, "@")
	if !found || name == "" || host == "" || strings.ContainsAny(address, " \t\r\n") || strings.Contains(host, "@") {
		return fmt.Errorf("%q is not a valid e-mail address", address)
	}
	return nil
}
