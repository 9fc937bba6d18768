//go:build unix

package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
)

// browse is the program that stands for a browser with a person in front of it: as BROWSER
// of a test, it opens the page in its argument, fills in its form and those of the pages
// that follow, and presses the first button of each. The person's user name, password
// and verification code are in BROWSE_USERNAME, BROWSE_PASSWORD and BROWSE_CODE;
// BROWSE_PROVIDER names the identity provider whose button is pressed instead, and BROWSE_LOG
// a file for what was seen.
func browse() {
	log, err := os.OpenFile(os.Getenv("BROWSE_LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		log, _ = os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	}
	defer log.Close()
	if err := newVisitor(log).visit(os.Args[len(os.Args)-1]); err != nil {
		fmt.Fprintln(log, err)
		os.Exit(1)
	}
}

// visitor has the cookies of a person's browser.
type visitor struct {
	client *http.Client
	log    io.Writer
}

func newVisitor(log io.Writer) visitor {
	jar, _ := cookiejar.New(nil) // without options, nothing fails
	return visitor{&http.Client{Jar: jar, Timeout: patience}, log}
}

// visit opens a page and follows it to its end, which has no form any more.
func (v visitor) visit(address string) error {
	const mostPages = 12
	response, err := v.open(http.MethodGet, address, "none", nil)
	for range mostPages {
		if err != nil {
			return err
		}
		var page string
		if page, err = v.read(response); err != nil {
			return err
		}
		if _, next, refreshes := strings.Cut(response.Header.Get("Refresh"), "url="); refreshes {
			if response, err = v.open(http.MethodGet, next, "cross-site", nil); err != nil {
				return err
			}
			continue
		}
		form, found := chosenForm(page)
		if !found {
			return nil
		}
		action, parseErr := response.Request.URL.Parse(form.action)
		if parseErr != nil {
			return parseErr
		}
		response, err = v.open(http.MethodPost, action.String(), "same-origin", form.filled())
	}
	return fmt.Errorf("more than %d pages follow %s", mostPages, address)
}

// open sends what a browser sends with a link, or with a form.
func (v visitor) open(method, address, site string, form url.Values) (*http.Response, error) {
	request, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "text/html"} {
		request.Header.Set(name, value)
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", request.URL.Scheme+"://"+request.URL.Host)
	}
	return v.client.Do(request)
}

func (v visitor) read(response *http.Response) (string, error) {
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	fmt.Fprintf(v.log, "%d %s %s\n%s\n", response.StatusCode, response.Request.Method, response.Request.URL, page)
	return string(page), err
}

// pageForm is a form of a page.
type pageForm struct {
	action string
	fields []map[string]string // attributes of its inputs and buttons
}

// chosenForm returns the form of the provider that the person signs in with, or the first
// one that is not the way out.
func chosenForm(page string) (pageForm, bool) {
	forms := regexp.MustCompile(`(?s)<form\b([^>]*)>(.*?)</form>`)
	var list []pageForm
	for _, found := range forms.FindAllStringSubmatch(page, -1) {
		form := pageForm{action: attributes(found[1])["action"], fields: fieldsOf(found[2])}
		provider := os.Getenv("BROWSE_PROVIDER")
		switch {
		case provider != "" && strings.HasSuffix(form.action, "/sso/"+provider+"/start"):
			return form, true
		case !strings.HasSuffix(form.action, "/sign-out"):
			list = append(list, form)
		}
	}
	if len(list) == 0 {
		return pageForm{}, false
	}
	return list[0], true
}

func fieldsOf(form string) []map[string]string {
	var fields []map[string]string
	for _, field := range regexp.MustCompile(`<(input|button)\b([^>]*)>`).FindAllStringSubmatch(form, -1) {
		described := attributes(field[2])
		described["element"] = field[1]
		fields = append(fields, described)
	}
	return fields
}

func attributes(text string) map[string]string {
	found := map[string]string{}
	unescape := strings.NewReplacer("&amp;", "&", "&#43;", "+", "&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">")
	for _, pair := range regexp.MustCompile(`([a-z-]+)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		found[pair[1]] = unescape.Replace(pair[2])
	}
	return found
}

// filled returns what the form sends once the person has filled it in.
func (f pageForm) filled() url.Values {
	values := url.Values{}
	pressed := false
	for _, field := range f.fields {
		isButton := field["element"] == "button" || field["type"] == "submit"
		switch name := field["name"]; {
		case isButton && pressed:
		case isButton:
			pressed = true
			if name != "" {
				values.Set(name, field["value"])
			}
		case name == "code":
			values.Set(name, os.Getenv("BROWSE_CODE"))
		case name == "username":
			values.Set(name, os.Getenv("BROWSE_USERNAME"))
		case field["type"] == "password":
			values.Set(name, os.Getenv("BROWSE_PASSWORD"))
		case name != "":
			values.Set(name, field["value"])
		}
	}
	return values
}
