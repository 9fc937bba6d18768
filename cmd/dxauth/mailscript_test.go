//go:build unix

package main

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dxauth/dxauth/internal/testsmtp"
)

// startSMTP starts a mail server, and sets SMTP to its URL. Those who are named do not
// exist there.
func startSMTP(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "smtp [UNKNOWN-ADDRESS...]", !neg)
	server, err := testsmtp.Start()
	ts.Check(err)
	worldOf(ts).smtp = server
	for _, address := range args {
		server.Refuse(address, "550 no such user")
	}
	ts.Setenv("SMTP", server.URL())
}

// mailTo waits for the next message to an address, prints it, and sets a variable to the
// code in it.
func mailTo(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "mail ADDRESS [VARIABLE]", !neg && (len(args) == 1 || len(args) == 2))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	text, err := worldOf(ts).smtp.Next(ctx, args[0])
	ts.Check(err)
	fmt.Fprint(ts.Stdout(), text)
	if len(args) == 2 {
		ts.Setenv(args[1], regexp.MustCompile(`[0-9a-z]{4}(-[0-9a-z]{4}){7}`).FindString(text))
	}
}

// noMail checks that each message was looked at.
func noMail(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "nomail", !neg && len(args) == 0)
	if count := worldOf(ts).smtp.Waiting(); count > 0 {
		ts.Fatalf("%d more messages came", count)
	}
}

// listens waits until a server that was started in the background has written its URL into
// a file, and makes it the one that the program uses.
func listens(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "listens URL-FILE", !neg && len(args) == 1)
	for range 600 {
		if content, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && len(content) > 0 {
			ts.Setenv("DXAUTH_SERVER", strings.TrimSpace(string(content)))
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s is still empty", args[0])
}

// page opens a page of the server in the only browser of a script, or sends it a form, and
// prints the page that follows as text.
func page(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "page PATH [FIELD=VALUE...]", !neg && len(args) >= 1)
	w := worldOf(ts)
	if w.visitor.client == nil {
		w.visitor = newVisitor(io.Discard)
	}
	method, form := http.MethodGet, url.Values{}
	for _, pair := range args[1:] {
		name, value, _ := strings.Cut(pair, "=")
		method = http.MethodPost
		form.Set(name, value)
	}
	response, err := w.visitor.open(method, ts.Getenv("DXAUTH_SERVER")+args[0], "same-origin", form)
	ts.Check(err)
	text, err := w.visitor.read(response)
	ts.Check(err)
	text = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(text, " ")
	fmt.Fprintf(ts.Stdout(), "%d %s\n%s", response.StatusCode, response.Request.URL.Path, html.UnescapeString(text))
}
