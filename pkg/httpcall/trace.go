package httpcall

import (
	"net/http"
	"time"

	"github.com/dxauth/dxauth/pkg/secret/redact"
)

// Exchange is one try of one call, for a debug log. Secrets are replaced by
// [secret.Redacted]; control characters of the server's text are kept, so remove
// them before a terminal shows it.
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

func (s Sender) redactor() redact.Redactor { return redact.Redactor{Token: s.Credential} }

// exchange shows a request and its answer without their secrets.
func (s Sender) exchange(request *http.Request, body []byte, answer Answer) Exchange {
	r := s.redactor()
	return Exchange{
		Method:         request.Method,
		URL:            request.URL.String(),
		RequestHeader:  r.Header(request.Header),
		RequestBody:    r.Body(body),
		Status:         answer.Status,
		ResponseHeader: r.Header(answer.Header),
		ResponseBody:   r.Body(answer.Body),
	}
}
