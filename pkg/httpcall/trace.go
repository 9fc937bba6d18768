package httpcall

import (
	"fmt"
	"net/http"
	"time"
)

// Exchange is one try of one call, for a debug log. Secrets are replaced by
// [secret.Redacted], and the bodies of a private call by their lengths.
type Exchange struct {
	Method         string
	URL            string
	Try            int // 1 for the first
	RequestHeader  http.Header
	RequestBody    string
	Status         int         // HTTP status code; 0: no answer
	ResponseHeader http.Header // nil: no answer
	ResponseBody   string      // JSON of up to 256 KiB; of anything else the length
	Duration       time.Duration
	Err            error // why there is no whole answer, or nil; a refusal is an answer
}

// exchange shows a request and its answer without their secrets. Of a private call
// it shows no body.
func (c Call) exchange(request *http.Request, answer Answer) Exchange {
	hide := answer.redactor
	body := hide.Body
	if c.Private {
		body = lengthOf
	}
	return Exchange{
		Method:         request.Method,
		URL:            hide.Text(request.URL.String()),
		RequestHeader:  hide.Header(request.Header),
		RequestBody:    body(c.Body),
		Status:         answer.Status,
		ResponseHeader: hide.Header(answer.Header),
		ResponseBody:   body(answer.Body),
	}
}

func lengthOf(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	return fmt.Sprintf("(%d bytes, not shown)", len(body))
}
