package web

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refusal"
)

// CrossSite detects requests that another site made a browser send. A request
// without the headers of a browser is allowed.
type CrossSite struct{ protection *http.CrossOriginProtection }

// NewCrossSite returns a CrossSite that trusts only the site of the server.
func NewCrossSite() CrossSite { return CrossSite{http.NewCrossOriginProtection()} }

// CheckChange returns an error for a request from another site, with any method. It is
// for routes that change something.
func (c CrossSite) CheckChange(r *http.Request) error {
	asChange := *r
	asChange.Method = http.MethodPost
	return c.Check(&asChange)
}

// Check returns an error for a request from another site, unless its method only
// reads.
func (c CrossSite) Check(r *http.Request) error {
	if err := c.protection.Check(r); err != nil {
		return refusal.New(refusal.Denied, "the request comes from another site").Because(refusal.CrossSite)
	}
	return nil
}
