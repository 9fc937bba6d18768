package molgenis

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Parameters of queries and both kinds of forms that are not UTF-8 are refused.
func TestParametersThatAreNotUTF8(t *testing.T) {
	const multipart = "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n%s\r\n--x--\r\n"
	for _, c := range []struct {
		name, contentType, body string
		refused                 bool
	}{
		{"UTF-8", "application/x-www-form-urlencoded", "password=p%C3%A4ss", false},
		{"Latin-1", "application/x-www-form-urlencoded", "password=p%E4ss", true},
		{"Latin-1, not escaped", "application/x-www-form-urlencoded", "password=p\xe4ss", true},
		{"a name in Latin-1", "application/x-www-form-urlencoded", "p%E4ss=1", true},
		{"a second value in Latin-1", "application/x-www-form-urlencoded", "a=1&a=%E4", true},
		{"parts in UTF-8", "multipart/form-data; boundary=x", strings.Replace(multipart, "%s", "päss", 1), false},
		{"parts in Latin-1", "multipart/form-data; boundary=x", strings.Replace(multipart, "%s", "p\xe4ss", 1), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/login", strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.contentType)
			_, err := readBody(httptest.NewRecorder(), r)
			if refused := refusal.ReasonOf(err) == refusal.Malformed; refused != c.refused {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := readQuery("q=username==%E4"); refusal.ReasonOf(err) != refusal.Malformed {
		t.Errorf("a query in Latin-1: %v", err)
	}
}
