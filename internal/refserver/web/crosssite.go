package web

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refusal"
)

// CrossSite finds requests that another site made a browser send. A request
// without the headers of a browser is none.
type CrossSite struct{ protection *http.CrossOriginProtection }

// NewCrossSite returns a protection that trusts this site only.
func NewCrossSite() CrossSite { return CrossSite{http.NewCrossOriginProtection()} }

// CheckChange refuses a request of another site that changes something, whatever
// its method.
func (c CrossSite) CheckChange(r *http.Request) error {
	asChange := *r
	asChange.Method = http.MethodPost
	return c.Check(&asChange)
}

// Check refuses a request of another site, except by a method that only reads.
func (c CrossSite) Check(r *http.Request) error {
	if err := c.protection.Check(r); err != nil {
		return refusal.New(refusal.Denied, "the request comes from another site").Because(refusal.CrossSite)
	}
	return nil
}
