package doctor

import (
	"crypto/x509"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/config"
)

func TestCheckClock(t *testing.T) {
	noon := clitest.Noon()
	server, err := config.ParseEndpoint("https://a.example")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		date   string
		status health
		detail string
	}{
		"the same second":      {noon.Format(http.TimeFormat), healthy, "1s behind https://a.example"},
		"half a minute ahead":  {noon.Add(-30 * time.Second).Format(http.TimeFormat), healthy, "30s ahead of"},
		"more than that":       {noon.Add(-32 * time.Second).Format(http.TimeFormat), warning, "32s ahead of"},
		"half a minute behind": {noon.Add(29 * time.Second).Format(http.TimeFormat), healthy, "30s behind"},
		"an hour behind":       {noon.Add(time.Hour).Format(http.TimeFormat), warning, "1h0m1s behind"},
		"no time at all":       {"", healthy, "does not send its time"},
		"no time that is one":  {"noon", healthy, "does not send its time"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := checkClock(server, test.date, noon)
			if got.Status != test.status || !strings.Contains(got.Detail, test.detail) || (got.Hint == "") != (got.Status == healthy) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestCertificateFix checks that --ca-cert is named only where it helps.
func TestCertificateFix(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"an unknown authority": {x509.UnknownAuthorityError{}, "--ca-cert"},
		"a wrong name":         {x509.HostnameError{Certificate: &x509.Certificate{}, Host: "b.example"}, "check the address"},
		"an expired one":       {x509.CertificateInvalidError{Reason: x509.Expired}, "clock"},
	} {
		got := certificateFix(tt.err)
		if !strings.Contains(got, tt.want) || strings.Contains(got, "--ca-cert") != (tt.want == "--ca-cert") {
			t.Errorf("%s: got %q, want it to name %s", name, got, tt.want)
		}
	}
}
