package grant_test

import (
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/testfuzz"
)

// RFC 8252: a code goes to a program on the user's own machine, and nowhere else.
func TestRedirectAddresses(t *testing.T) {
	for name, tt := range map[string]struct {
		address string
		want    bool
	}{
		"7.3: a literal IPv4 loopback address":       {"http://127.0.0.1:43121/callback", true},
		"7.3: a literal IPv6 loopback address":       {"http://[::1]:43121/callback", true},
		"7.3: any port":                              {"http://127.0.0.1:1/callback", true},
		"7.3: the last port":                         {"http://127.0.0.1:65535/callback", true},
		"7.3: a port that does not exist":            {"http://127.0.0.1:65536/callback", false},
		"7.3: no port":                               {"http://127.0.0.1/callback", false},
		"7.3: port 0":                                {"http://127.0.0.1:0/callback", false},
		"7.3: a port with a leading zero":            {"http://127.0.0.1:080/callback", false},
		"7.3: another scheme":                        {"https://127.0.0.1:43121/callback", false},
		"7.1: a scheme of a program":                 {"org.example.app:/callback", false},
		"8.3: the name localhost":                    {"http://localhost:43121/callback", false},
		"8.4: another path":                          {"http://127.0.0.1:43121/other", false},
		"8.4: a longer path":                         {"http://127.0.0.1:43121/callback/", false},
		"8.4: a path before the path":                {"http://127.0.0.1:43121/a/callback", false},
		"8.4: no path":                               {"http://127.0.0.1:43121", false},
		"8.4: a query":                               {"http://127.0.0.1:43121/callback?a=b", false},
		"8.4: a query that ends like the path":       {"http://127.0.0.1:43121?/callback", false},
		"8.4: a fragment":                            {"http://127.0.0.1:43121/callback#a", false},
		"another host":                               {"http://192.0.2.1:43121/callback", false},
		"another loopback address":                   {"http://127.0.0.2:43121/callback", false},
		"a name that begins like the address":        {"http://127.0.0.1.example.org:43121/callback", false},
		"a user name before another host":            {"http://127.0.0.1:43121@example.org:80/callback", false},
		"a user name before the address":             {"http://a@127.0.0.1:43121/callback", false},
		"an IPv4 address written as an IPv6 address": {"http://[::ffff:127.0.0.1]:43121/callback", false},
		"an IPv6 address in its long form":           {"http://[0:0:0:0:0:0:0:1]:43121/callback", false},
		"an IPv6 address with a zone":                {"http://[::1%25eth0]:43121/callback", false},
		"an IPv6 address with a zone, not escaped":   {"http://[::1%lo]:43121/callback", false},
		"an address written as one number":           {"http://2130706433:43121/callback", false},
		"an address with a leading zero":             {"http://127.0.0.01:43121/callback", false},
		"a scheme in capitals":                       {"HTTP://127.0.0.1:43121/callback", false},
		"an escaped path":                            {"http://127.0.0.1:43121/%63allback", false},
		"a backslash":                                {`http://127.0.0.1:43121\@example.org/callback`, false},
		"a line break":                               {"http://127.0.0.1:43121\r\n/callback", false},
		"nothing":                                    {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			redirect, err := grant.ParseRedirect(tt.address)
			if got := err == nil; got != tt.want {
				t.Fatalf("accepted: %v", got)
			}
			if tt.want && redirect.String() != tt.address {
				t.Errorf("got %q", redirect)
			}
		})
	}
}

func TestOriginsOfRedirectAddresses(t *testing.T) {
	for address, want := range map[string]struct {
		origin string
		isIPv6 bool
	}{
		"http://127.0.0.1:8/callback": {"http://127.0.0.1:8", false},
		"http://[::1]:8/callback":     {"http://[::1]:8", true},
	} {
		redirect, err := grant.ParseRedirect(address)
		if err != nil || redirect.Origin() != want.origin || redirect.IsIPv6() != want.isIPv6 {
			t.Errorf("%s: %q, IPv6: %v, %v", address, redirect.Origin(), redirect.IsIPv6(), err)
		}
	}
}

// Whatever is accepted is one of the two addresses, with a port.
func FuzzParseRedirect(f *testing.F) {
	for _, seed := range []string{"http://127.0.0.1:43121/callback", "http://[::1]:1/callback", "http://localhost:1/callback", "http://127.0.0.1:1@e/callback"} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		redirect, err := grant.ParseRedirect(text)
		if err != nil {
			return
		}
		port, isIPv4 := strings.CutPrefix(text, "http://127.0.0.1:")
		if !isIPv4 {
			port, _ = strings.CutPrefix(text, "http://[::1]:")
		}
		digits, isCallback := strings.CutSuffix(port, "/callback")
		if redirect.String() != text || !isCallback || len(digits) < 1 || len(digits) > 5 || strings.Trim(digits, "0123456789") != "" {
			t.Errorf("accepted %q as %q", text, redirect)
		}
	})
}

func TestClients(t *testing.T) {
	for id, want := range map[string]bool{"dxauth-cli": true, "": false, "DXAUTH-CLI": false, "dxauth-cli ": false, "other": false} {
		if got := grant.IsClient(id); got != want {
			t.Errorf("%q: %v", id, got)
		}
	}
}
