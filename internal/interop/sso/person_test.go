package sso

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
)

// personVariable is the environment variable with a person, as JSON, for whom the test
// binary is the browser.
const personVariable = "BROWSE_PERSON"

// person is somebody in front of a browser, who signs in with a provider.
type person struct {
	Provider   string // name of the button that is pressed on the sign-in page
	Server     string // origin of dxauth's server
	Username   string // at the provider
	Password   string // at the provider
	ServerPass string // of the account on the server
	Log        string // file for what was seen
}

// browse is the browser of the person in the environment, who opens an address.
func browse(address string) int {
	var p person
	if err := json.Unmarshal([]byte(os.Getenv(personVariable)), &p); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_, seen, err := p.walk(newClient(), address)
	if err != nil {
		seen += err.Error()
	}
	if err := os.WriteFile(p.Log, []byte(seen), 0o600); err != nil {
		return 1
	}
	return 0
}

func newClient() *http.Client {
	jar, _ := cookiejar.New(nil) // without options, nothing fails
	return &http.Client{Jar: jar, Timeout: time.Minute}
}

// maxPages is how many pages a person goes through.
const maxPages = 20

// walk opens an address and goes on: where a page leads on at once, there, and otherwise
// by its form. It returns the last page, which has no form, and everything that was seen.
func (p person) walk(client *http.Client, address string) (last, seen string, err error) {
	request, err := http.NewRequest(http.MethodGet, address, nil)
	for range maxPages {
		if err != nil {
			return last, seen, err
		}
		for name, value := range map[string]string{"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"} {
			request.Header.Set(name, value)
		}
		response, err := client.Do(request)
		if err != nil {
			return last, seen, err
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return last, seen, err
		}
		last = string(text)
		seen += fmt.Sprintf("%d %s\n%s\n", response.StatusCode, response.Request.URL, last)
		next, found := p.next(response, last)
		if !found {
			return last, seen, nil
		}
		request = next
	}
	return last, seen, errors.New("too many pages")
}

// next returns the request that follows a page, if there is one.
func (p person) next(response *http.Response, page string) (*http.Request, bool) {
	if _, address, found := strings.Cut(response.Header.Get("Refresh"), "url="); found {
		request, err := http.NewRequest(http.MethodGet, address, nil)
		return request, err == nil
	}
	form, found := p.choose(page)
	if !found {
		return nil, false
	}
	action, err := response.Request.URL.Parse(form.action)
	if err != nil {
		return nil, false
	}
	values := form.values
	password := p.Password
	if strings.HasPrefix(action.String(), p.Server) {
		password = p.ServerPass
	}
	for _, name := range []string{"username", "login"} {
		if values.Has(name) && values.Get(name) == "" {
			values.Set(name, p.Username)
		}
	}
	if values.Has("password") {
		values.Set("password", password)
	}
	request, err := http.NewRequest(http.MethodPost, action.String(), strings.NewReader(values.Encode()))
	if err != nil {
		return nil, false
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return request, true
}

// form is a form of a page with the values that it has.
type form struct {
	action string
	values url.Values
}

// choose returns the form of a page that the person uses: the button of the provider on
// the sign-in page, and otherwise the first one, but never the one that signs out.
func (p person) choose(page string) (form, bool) {
	var chosen []form
	for _, match := range regexp.MustCompile(`(?s)<form\b([^>]*)>(.*?)</form>`).FindAllStringSubmatch(page, -1) {
		f := form{action: attribute(match[1], "action"), values: url.Values{}}
		for _, field := range regexp.MustCompile(`<(?:input|button)\b([^>]*)>`).FindAllStringSubmatch(match[2], -1) {
			if name := attribute(field[1], "name"); name != "" && !f.values.Has(name) {
				f.values.Set(name, attribute(field[1], "value"))
			}
		}
		switch {
		case strings.HasSuffix(f.action, "/sso/"+p.Provider+"/start"):
			return f, true
		case !strings.HasSuffix(f.action, "/sign-out"):
			chosen = append(chosen, f)
		}
	}
	if len(chosen) == 0 {
		return form{}, false
	}
	return chosen[0], true
}

func attribute(tag, name string) string {
	found := regexp.MustCompile(`\b` + name + `="([^"]*)"`).FindStringSubmatch(tag)
	if found == nil {
		return ""
	}
	return html.UnescapeString(found[1])
}
