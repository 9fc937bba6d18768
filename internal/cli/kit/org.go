package kit

import (
	"strings"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// OrgID returns the ID of an org that is given by ID or handle.
func OrgID(name string) string {
	if strings.HasPrefix(name, dnanexus.ClassOrg+"-") {
		return name
	}
	return dnanexus.ClassOrg + "-" + strings.ToLower(name)
}
