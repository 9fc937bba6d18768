package servecmd

import (
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/refusal"
)

// However --url is written, the server has one form of it: the one in the Origin of a
// browser, for audiences, issuers and cookies.
func TestURLsHaveOneForm(t *testing.T) {
	for written, test := range map[string]struct {
		basePath  web.BasePath
		url, name string
	}{
		"https://platform.example.org":           {"", "https://platform.example.org", "platform.example.org"},
		"https://platform.example.org/":          {"", "https://platform.example.org", "platform.example.org"},
		"https://platform.example.org//":         {"", "https://platform.example.org", "platform.example.org"},
		"HTTPS://Platform.Example.ORG":           {"", "https://platform.example.org", "platform.example.org"},
		"https://platform.example.org:443":       {"", "https://platform.example.org", "platform.example.org"},
		"https://platform.example.org:0443/":     {"", "https://platform.example.org", "platform.example.org"},
		"https://platform.example.org:":          {"", "https://platform.example.org", "platform.example.org"},
		"https://platform.example.org:80":        {"", "https://platform.example.org:80", "platform.example.org"},
		"http://platform.example.org:80":         {"", "http://platform.example.org", "platform.example.org"},
		"https://platform.example.org:08443":     {"", "https://platform.example.org:8443", "platform.example.org"},
		"https://platform.example.org:443/dna":   {"/dna", "https://platform.example.org/dna", "platform.example.org"},
		"https://Platform.example.org/%64na/":    {"/dna", "https://platform.example.org/dna", "platform.example.org"},
		"https://192.0.2.1:443":                  {"", "https://192.0.2.1", "192.0.2.1"},
		"https://[2001:DB8:0::1]:443":            {"", "https://[2001:db8::1]", "2001:db8::1"},
		"http://[2001:db8:0:0:0:0:0:1]:8080/dna": {"/dna", "http://[2001:db8::1]:8080/dna", "2001:db8::1"},
		"https://xn--bcher-kva.example.org":      {"", "https://xn--bcher-kva.example.org", "xn--bcher-kva.example.org"},
	} {
		url, name, err := serveOptions{publicAddress: written}.parseURL(test.basePath)
		if err != nil || url != test.url || name != test.name {
			t.Errorf("%s became %s with the host %s, %v", written, url, name, err)
		}
	}
}

func TestURLsThatAreRefused(t *testing.T) {
	for _, written := range []string{
		"platform.example.org", "ftp://platform.example.org", "https://", "https:///", "https://:443", "https://user@platform.example.org",
		"https://platform.example.org?", "https://platform.example.org/?a=b", "https://platform.example.org/#", "https://platform.example.org/other",
		"https://b\u00fccher.example.org", "https://platform.example.org.", "https://.example.org", "https://platform..example.org",
		"https://platform.example.org:0", "https://platform.example.org:65536", "https://platform.example.org:x", "https://a%20b.example.org",
		"https://a,b.example.org", "https://[fe80::1%25eth0]", "https://[::ffff:192.0.2.1]", "https://*.example.org",
	} {
		url, _, err := serveOptions{publicAddress: written}.parseURL("")
		if refusal.CodeOf(err) != refusal.Usage {
			t.Errorf("%s became %s, %v", written, url, err)
		}
	}
}
