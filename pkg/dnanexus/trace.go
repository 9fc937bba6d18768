package dnanexus

import (
	"net/http"
	"time"

	"github.com/dxauth/dxauth/pkg/secret/redact"
)

// Exchange is one try of one call, for a debug log. Secrets are replaced by
// [secret.Redacted]; what the server wrote is not cleaned of control
// characters.
type Exchange struct {
	Method         string
	URL            string
	Try            int // 1 for the first
	RequestHeader  http.Header
	RequestBody    string
	Status         int         // HTTP status code; 0: no answer
	ResponseHeader http.Header // nil: no answer
	ResponseBody   string
	Duration       time.Duration
	Err            error // why there is no whole answer, or nil; a refusal is an answer
}

// redactor shows a call without its secrets.
type redactor struct{ redact.Redactor }

func (c *Client) redactor() redactor {
	if c.config.Token.Reveal() == Public {
		return redactor{}
	}
	return redactor{redact.Redactor{Token: c.config.Token}}
}

// exchange shows a request and its answer without their secrets.
func (r redactor) exchange(request *http.Request, body []byte, answer rawAnswer) Exchange {
	return Exchange{
		Method:         request.Method,
		URL:            request.URL.String(),
		RequestHeader:  r.Header(request.Header),
		RequestBody:    r.Body(body),
		Status:         answer.status,
		ResponseHeader: r.Header(answer.header),
		ResponseBody:   r.Body(answer.body),
	}
}
