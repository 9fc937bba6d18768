package molgenis

import (
	"html/template"
	"net/http"
	"strings"
	"sync"

	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// page is a plain page with a form. The platform's own are for people; these are
// for clients that look for a field in them, and for whoever opens them by hand.
type page struct {
	Title, Message   string
	Form, More       *form
	URI              string // otpauth, of a new second factor
	Codes            []string
	SignUp, AskAdmin bool
}

// form is a list of fields that are sent to a route.
type form struct {
	Action, Button string
	Fields         []input
}

type input struct{ Name, Label, Kind, Value string }

// pageTemplate is parsed when the first page is asked for.
var pageTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(pageText)) })

const pageText = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Title}}</title></head><body>
<h1>{{.Title}}</h1>
{{with .Message}}<p role="alert">{{.}}</p>
{{end}}{{with .URI}}<p>Give your authenticator app this address, or the key in it: <code id="otpauth">{{.}}</code></p>
{{end}}{{with .Codes}}<p>Keep these recovery codes; they are not shown again.</p>
<ul>{{range .}}<li><code>{{.}}</code></li>{{end}}</ul>
{{end}}{{template "form" .Form}}{{template "form" .More}}{{if .SignUp}}<p><a href="/account/register">Sign up</a></p>
{{else if .AskAdmin}}<p>No account? Ask the administrator.</p>
{{end}}</body></html>
{{define "form"}}{{with .}}<form method="post" action="{{.Action}}">
{{range .Fields}}{{if eq .Kind "hidden"}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">
{{else}}<label>{{.Label}} <input type="{{.Kind}}" name="{{.Name}}"></label>
{{end}}{{end}}<button>{{.Button}}</button>
</form>
{{end}}{{end}}`

// answer writes the page.
func (p page) answer() answer {
	var text strings.Builder
	if err := pageTemplate().Execute(&text, p); err != nil { // a strings.Builder takes everything
		panic(err)
	}
	return answer{status: http.StatusOK, text: text.String(), textType: pageType}
}

const (
	pageType = "text/html; charset=utf-8"
	// pagePolicy lets a page do nothing but send its form here.
	pagePolicy = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

func loginForm() *form {
	return &form{wire.RouteFormLogin, "Sign in", []input{
		{wire.FieldUsername, "User name", "text", ""}, {wire.FieldPassword, "Password", "password", ""},
	}}
}

func codeForm() *form {
	return &form{wire.RouteTwoFactorValidate, "Verify", []input{{wire.FieldVerificationCode, "Verification code", "text", ""}}}
}

func recoveryForm() *form {
	return &form{wire.RouteTwoFactorRecover, "Use recovery code", []input{{wire.FieldRecoveryCode, "Recovery code", "text", ""}}}
}

func activationForm(key string) *form {
	return &form{wire.RouteTwoFactorActivate, "Activate", []input{
		{wire.FieldSecretKey, "", "hidden", key}, {wire.FieldVerificationCode, "Verification code", "text", ""},
	}}
}

func registerForm() *form {
	return &form{wire.RouteRegister, "Sign up", []input{
		{wire.FieldUsername, "User name", "text", ""}, {wire.FieldPassword, "Password", "password", ""},
		{wire.FieldConfirmPassword, "Password again", "password", ""}, {wire.FieldEmail, "E-mail", "email", ""},
		{wire.FieldFirstName, "First name", "text", ""}, {wire.FieldLastName, "Last name", "text", ""},
	}}
}

func enterForm() *form {
	return &form{wire.RouteActivate, "Activate", []input{{wire.FieldActivationCode, "Activation code", "text", ""}}}
}
