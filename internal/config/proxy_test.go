package config

import (
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/testfuzz"
)

func setProxies(t *testing.T, pairs ...string) {
	t.Helper()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"} {
		t.Setenv(strings.ToLower(name), "")
		t.Setenv(name, "")
	}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
}

// isNamed reports whether an error begins with the name of a variable, whose case Windows
// ignores.
func isNamed(err error, variable string) bool {
	name, _, found := strings.Cut(err.Error(), ": ")
	return found && (name == variable || runtime.GOOS == "windows" && strings.EqualFold(name, variable))
}

func TestCheckProxyAccepts(t *testing.T) {
	const server = "https://platform.example"
	setProxies(t)
	for _, value := range []string{
		"", "http://proxy.example:3128", "http://proxy.example", "http://proxy.example:3128/", "HTTPS://Proxy.Example:443",
		"socks5://proxy.example:1080", "socks5h://proxy.example", "proxy.example:3128", "proxy.example", "proxy", "localhost:3128",
		"127.0.0.1:3128", "[::1]:3128", "http://[fd00::1]:3128", "http://[fe80::1%25eth0]:3128", "alice:pw@proxy.example:3128",
		"http://alice@proxy.example", "http://alice:p%40ss%2Fword@proxy.example:65535", "http://alice:@proxy.example",
		"http://DOMAIN%5Calice:pw@proxy.example:8080", "http://proxy_1.example.:80",
	} {
		t.Setenv("HTTPS_PROXY", value)
		if err := CheckProxy(mustParse(t, server)); err != nil {
			t.Errorf("%q: %v", value, err)
		}
	}
	t.Setenv("HTTPS_PROXY", "http://proxy.example:3128")
	for _, value := range []string{
		"", "*", ",", "localhost,127.0.0.1,::1,[::1]", "example.org, .example.org , *.example.org", "example.org:8080,10.0.0.0/8,fd00::/8",
		"10.1.2.3:80,[fd00::1]:80", "192.168.*", "a_b.example.", "bücher.example", "*.example.org:443",
	} {
		t.Setenv("NO_PROXY", value)
		if err := CheckProxy(mustParse(t, server)); err != nil {
			t.Errorf("NO_PROXY=%q: %v", value, err)
		}
	}
}

// TestCheckProxyRefuses: the error names the variable and shows nothing of its value,
// wherever the password ends up in it.
func TestCheckProxyRefuses(t *testing.T) {
	for value, words := range map[string]string{
		" ":                         "blank",
		" http://proxy.example":     "blank",
		"http://proxy.example ":     "blank",
		"http://proxy .example":     "blank",
		"http://proxy.example:80\r": "blank",
		"http://proxy.example\n":    "blank",
		"http://pro\x01xy.example":  "blank",
		"http://proxy\x7f.example":  "blank",
		"http://proxy\u00a0.org":    "blank",
		"http://":                   "host",
		"://proxy.example:3128":     "scheme",
		"http:/proxy.example:3128":  "follows",
		"http:proxy.example:3128":   "brackets",
		"http:proxy.example":        "port",
		"http//proxy.example":       "follows",
		"//proxy.example:3128":      "follows",
		"http:///proxy.example":     "follows",
		"http://http://proxy:3128":  "follows",
		"'http://proxy.example:80'": "scheme",
		"proxy,b.example":           "host",
		"http://-proxy.example":     "host",
		"http://proxy..example":     "host",
		"http://proxyé.example":     "host",
		"http://%70roxy.example":    "host",
		"http://proxy%25a.example":  "host",
		"http://:3128":              "host",
		":3128":                     "host",
		"ftp://proxy.example":       "scheme",
		"socks4://proxy.example":    "scheme",
		"socks://proxy.example":     "scheme",
		"file:///etc/passwd":        "scheme",
		"http://proxy.example:0":    "port",
		"http://proxy.example:":     "port",
		"proxy.example:65536":       "port",
		"proxy.example:99999999999": "port",
		"http://proxy.example:http": "port",
		"proxy.example:-1":          "port",
		"proxy.example:+80":         "port",
		"http://fd00::1":            "brackets",
		"http://::1:3128":           "brackets",
		"fd00::1":                   "brackets",
		"[fd00::1":                  "brackets",
		"http://[proxy.example]:80": "brackets",
		"http://[fd00::zz]:80":      "host",
		"http://[fe80::1%eth0]:80":  "host",
		"http://[fe80::1%25%zz]:80": "host",
		"http://proxy.example/path": "follows",
		"http://proxy.example//":    "follows",
		"http://proxy.example?a=b":  "follows",
		"http://proxy.example#x":    "follows",
		"proxy.example:3128/x":      "follows",

		"http://alice:sec%zzret@proxy.example":      "%",
		"http://alice:secret%@proxy.example":        "%",
		"http://alice:sec%2@proxy.example":          "%",
		"http://alice:sec^ret@proxy.example":        "%",
		"http://alice:sécret@proxy.example":         "%",
		"http://alice:sec ret@proxy.example":        "blank",
		"http://alice:sec/ret@proxy.example":        "%",
		"http://alice:12/secret@proxy.example":      "%",
		"http://alice:sec#ret@proxy.example":        "%",
		"http://alice:sec?ret@proxy.example:1":      "%",
		"alice:sec/ret@proxy.example":               "%",
		"http://alice:secret@proxy.example:secret":  "port",
		"secret://alice:secret@proxy.example":       "scheme",
		"http://alice:secret@secret secret.example": "blank",
		"http://alice:secret@":                      "host",
	} {
		for name, server := range map[string]string{
			"HTTPS_PROXY": "https://platform.example", "https_proxy": "https://platform.example:8443",
			"HTTP_PROXY": "http://platform.example", "http_proxy": "http://10.0.0.1",
		} {
			setProxies(t, name+"="+value)
			err := CheckProxy(mustParse(t, server))
			if err == nil || refusal.CodeOf(err) != refusal.Usage || !isNamed(err, name) || !strings.Contains(err.Error(), words) {
				t.Errorf("%s=%q: got %v, want a usage error that names it, with %q", name, value, err, words)
				continue
			}
			if shown := fmt.Sprintf("%+v", err); strings.Contains(shown, "sec") || strings.Contains(shown, "alice") {
				t.Errorf("%s=%q: shows it: %s", name, value, shown)
			}
		}
	}
}

func TestCheckProxyRefusesNoProxy(t *testing.T) {
	for _, value := range []string{
		"a.example b.example", "http://a.example", "a.example/path", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "a.example:http", "a.example:0",
		"a.example:99999", ":80", "[fd00::1", "fd00::1]", "[a.example]:80", "a.example;b.example", "alice:secret@a.example", "a.example\tb", "\"a.example\"",
		"good.example,bad example", ".", "*.", "a.example\x01", "fd00::zz", "\u200ba.example", "a|b.example",
	} {
		for _, name := range []string{"NO_PROXY", "no_proxy"} {
			setProxies(t, "HTTPS_PROXY=http://proxy.example", name+"="+value)
			err := CheckProxy(mustParse(t, "https://platform.example"))
			if err == nil || refusal.CodeOf(err) != refusal.Usage || !isNamed(err, name) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s=%q: got %v, want a usage error that names it", name, value, err)
			}
		}
	}
}

// TestCheckProxyOfOthers: what is not used for a server is not an error.
func TestCheckProxyOfOthers(t *testing.T) {
	const wrong = "ftp://proxy.example"
	type proxyTest struct {
		env    []string
		server string
		names  string // "": no error
	}
	tests := map[string]proxyTest{
		"this machine":                 {[]string{"HTTP_PROXY=" + wrong, "HTTPS_PROXY=" + wrong, "NO_PROXY=a b"}, "http://127.0.0.1:8080", ""},
		"this machine, IPv6":           {[]string{"HTTP_PROXY=" + wrong, "HTTPS_PROXY=" + wrong}, "https://[::1]:8080", ""},
		"this machine by name":         {[]string{"HTTP_PROXY=" + wrong, "HTTPS_PROXY=" + wrong}, "localhost:8080", ""},
		"a name below localhost":       {[]string{"HTTPS_PROXY=" + wrong}, "https://a.localhost", "HTTPS_PROXY"},
		"the proxy of the other kind":  {[]string{"HTTP_PROXY=" + wrong, "http_proxy=" + wrong}, "https://platform.example", ""},
		"the other proxy of the other": {[]string{"HTTPS_PROXY=" + wrong}, "http://platform.example", ""},
		"exceptions without a proxy":   {[]string{"NO_PROXY=a b"}, "https://platform.example", ""},
		"not read":                     {[]string{"ALL_PROXY=" + wrong, "all_proxy=" + wrong}, "https://platform.example", ""},
	}
	if runtime.GOOS != "windows" { // which ignores the case
		tests["upper case first"] = proxyTest{[]string{"HTTPS_PROXY=proxy.example", "https_proxy=" + wrong}, "https://platform.example", ""}
		tests["upper case is wrong"] = proxyTest{[]string{"HTTPS_PROXY=" + wrong, "https_proxy=proxy.example"}, "https://platform.example", "HTTPS_PROXY"}
		tests["empty upper case"] = proxyTest{[]string{"HTTPS_PROXY=", "https_proxy=" + wrong}, "https://platform.example", "https_proxy"}
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			setProxies(t, tt.env...)
			err := CheckProxy(mustParse(t, tt.server))
			if (err == nil) != (tt.names == "") || err != nil && !isNamed(err, tt.names) {
				t.Errorf("got %v, want an error that names %q", err, tt.names)
			}
		})
	}
}

// TestProxyInACGIScript: package http does not use HTTP_PROXY there.
func TestProxyInACGIScript(t *testing.T) {
	t.Setenv("REQUEST_METHOD", "GET")
	const proxies = "HTTP_PROXY=http://alice:secret@proxy.example:3128"
	for server, names := range map[string]string{
		"http://platform.example": "HTTP_PROXY", "http://10.0.0.1:8080": "HTTP_PROXY",
		"https://platform.example": "", "http://127.0.0.1:8080": "", "localhost": "",
	} {
		setProxies(t, proxies, "HTTPS_PROXY=http://proxy.example:3128")
		err := CheckProxy(mustParse(t, server))
		if (err == nil) != (names == "") || err != nil && (!strings.HasPrefix(err.Error(), names+" is not used while REQUEST_METHOD") || refusal.CodeOf(err) != refusal.Usage) {
			t.Errorf("%s: got %v, want a usage error that names %q", server, err, names)
		}
	}
	setProxies(t)
	if err := CheckProxy(mustParse(t, "http://platform.example")); err != nil {
		t.Errorf("without a proxy: %v", err)
	}
}

// FuzzProxy: package http reads a value that is accepted as a URL with this host.
func FuzzProxy(f *testing.F) {
	for _, seed := range []string{"http://a:b@c:1", "c:1", "a.b", "[::1]:1", "a:b/c@d", "socks5://x/", "http:/x", "%", "a@b@c", "\u00a0", "a%25b"} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if checkProxyURL(value) != nil {
			return
		}
		proxy, err := url.Parse(value)
		if err != nil || proxy.Scheme == "" || proxy.Host == "" {
			proxy, err = url.Parse("http://" + value)
		}
		if err != nil || proxy.Hostname() == "" || strings.Trim(proxy.Path, "/") != "" || proxy.RawQuery != "" || !strings.Contains(value, proxy.Port()) {
			t.Errorf("%q is accepted, and read as %v, %v", value, proxy, err)
		}
	})
}
