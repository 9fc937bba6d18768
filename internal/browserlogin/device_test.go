package browserlogin_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/browserlogin"
)

// A device code is asked about after the interval, slower if the server says so, and until
// it ends.
func TestDevice(t *testing.T) {
	const (
		pending = `400 {"error": "authorization_pending"}`
		slower  = `400 {"error": "slow_down"}`
	)
	many := func(answer string, times int) []string {
		return strings.Split(strings.Repeat(answer+"\n", times), "\n")[:times]
	}
	s := func(seconds ...int) (pauses []time.Duration) {
		for _, n := range seconds {
			pauses = append(pauses, time.Duration(n)*time.Second)
		}
		return pauses
	}
	tests := map[string]struct {
		answers []string
		pauses  []time.Duration // before each request
		want    string          // part of the error; "": a token
	}{
		"RFC 8628 3.4: approved":                {[]string{pending, pending, good}, s(5, 5, 5), ""},
		"RFC 8628 3.5: slow_down for good":      {[]string{slower, pending, slower, good}, s(5, 10, 10, 15), ""},
		"RFC 8628 3.5: access_denied":           {[]string{pending, `400 {"error": "access_denied"}`}, s(5, 5), "refused in the browser"},
		"RFC 8628 3.5: expired_token":           {[]string{`400 {"error": "expired_token"}`}, s(5), "not completed in the browser in time"},
		"RFC 8628 3.5: backoff without answers": {[]string{"lost", "lost", "lost", "lost", "lost", pending, good}, s(5, 10, 20, 40, 60, 60, 5), ""},
		"a proxy without its server":            {[]string{"502 bad gateway", good}, s(5, 10), ""},
		"Retry-After":                           {[]string{"503 busy", good}, s(5, 20), ""},
		"RFC 6749 5.2: invalid_grant":           {[]string{`400 {"error": "invalid_grant"}`}, s(5), "invalid_grant"},
		"not of the protocol":                   {[]string{"404 no such page"}, s(5), "status 404"},
		"a server that fails":                   {[]string{"500 oops"}, s(5), "status 500"},
		"never approved":                        {many(pending, 119), nil, "not completed in the browser in time"},
		"never reached":                         {many("lost", 12), nil, "not completed in the browser in time"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			asked := 0
			a := newAuthority(t, "", func(url.Values) string {
				asked++
				return tt.answers[asked-1]
			})
			f, now := a.flow(t), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
			var pauses []time.Duration
			f.Now = func() time.Time { return now }
			f.After = func(pause time.Duration) <-chan time.Time {
				pauses = append(pauses, pause)
				now = now.Add(pause)
				passed := make(chan time.Time, 1)
				passed <- now
				return passed
			}
			token, err := f.Device(t.Context(), func(browserlogin.Prompt) error { return nil })
			if tt.want == "" && (err != nil || token.AccessToken.IsZero()) || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if late := now.Sub(time.Date(2026, 3, 1, 12, 10, 0, 0, time.UTC)); late > 0 {
				t.Errorf("it waited %s after the end of the code", late)
			}
			if sent := a.requests(); len(sent) != len(tt.answers) {
				t.Errorf("%d requests, want %d", len(sent), len(tt.answers))
			}
			if diff := cmp.Diff(tt.pauses, pauses); diff != "" && tt.pauses != nil {
				t.Errorf("pauses (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeviceShowsTheCode(t *testing.T) {
	a := newAuthority(t, "", func(url.Values) string { return good })
	f := a.flow(t)
	f.Now = func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
	f.After = func(time.Duration) <-chan time.Time {
		passed := make(chan time.Time, 1)
		passed <- time.Time{}
		return passed
	}
	var shown browserlogin.Prompt
	if _, err := f.Device(t.Context(), func(prompt browserlogin.Prompt) error { shown = prompt; return nil }); err != nil {
		t.Fatal(err)
	}
	want := browserlogin.Prompt{
		Code: "BCDF-GHJK", Address: a.URL + "/oauth2/device", Complete: a.URL + "/oauth2/device?user_code=BCDF-GHJK",
		Expires: time.Date(2026, 3, 1, 12, 10, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if sent := a.requests(); len(sent) != 1 || sent[0].Get("device_code") != "device-code" {
		t.Errorf("sent %v", sent)
	}
}
