package kit

import (
	"fmt"
	"strings"
)

// CheckEmail returns an error for an obvious typing error; the server checks the
// rest.
func CheckEmail(address string) error {
	name, host, found := strings.Cut(address, "@")
	if !found || name == "" || host == "" || strings.ContainsAny(address, " \t\r\n") || strings.Contains(host, "@") {
		return fmt.Errorf("%q is not a valid e-mail address", address)
	}
	return nil
}
