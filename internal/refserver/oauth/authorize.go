package oauth

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
	wire "github.com/dxauth/dxauth/pkg/oauth"
)

// authorization is the request of a program to be let in (RFC 6749, section 4.1.1).
type authorization struct {
	grant.Request
	state string
}

// errUnknownClient is shown to the user: nobody knows where to send it.
var errUnknownClient = &refusal.Error{Code: refusal.Invalid, Message: "the link is of a program that this server does not know", Hint: "log in again with the command that gave you the link"}

// authorizationOf reads a request. If it returns an error that is not of package wire, the
// request has no address to which anything may be sent (section 4.1.2.1); otherwise the
// address is in the result.
func authorizationOf(values url.Values) (authorization, error) {
	list, malformed := parametersOf(values)
	if malformed != nil { // which of two addresses would be the right one?
		return authorization{}, refusal.New(refusal.Invalid, "the link is damaged: %s", malformed.Description)
	}
	if !grant.IsClient(list[paramClient]) {
		return authorization{}, errUnknownClient
	}
	redirect, err := grant.ParseRedirect(list[paramRedirect])
	if err != nil {
		return authorization{}, err
	}
	asked := authorization{grant.Request{Client: list[paramClient], Redirect: redirect}, list[paramState]}
	switch list[paramResponseType] {
	case responseTypeCode:
	case "":
		return asked, invalid("the parameter " + paramResponseType + " is missing")
	default:
		return asked, &wire.Error{Code: errUnsupportedResponseType, Description: "the response type must be code"}
	}
	if refused := checkScope(list); refused != nil {
		return asked, refused
	}
	asked.Challenge, err = grant.ParseChallenge(list[paramChallenge], list[paramChallengeMethod])
	if err != nil {
		return asked, invalid(grant.ErrChallenge.Message)
	}
	return asked, nil
}

// checkFirst refuses a request that can never be granted, before its user signs in.
func (h *Handler) checkFirst(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		if asked, err := authorizationOf(r.URL.Query()); err != nil {
			h.refuseAuthorization(w, r, browser.Visitor{}, asked, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refuseAuthorization tells the program what is wrong, or the user, if nobody knows where
// the program is.
func (h *Handler) refuseAuthorization(w http.ResponseWriter, r *http.Request, v browser.Visitor, asked authorization, err error) {
	refused, ok := errors.AsType[*wire.Error](err)
	if !ok {
		h.pages.Refuse(w, r, v, err)
		return
	}
	h.sendBack(w, r, asked, url.Values{"error": {refused.Code}, "error_description": {printable(refused.Description)}})
}

// sendBack sends the browser to the program, with the state of its request and the issuer
// (RFC 9207, section 2).
func (h *Handler) sendBack(w http.ResponseWriter, r *http.Request, asked authorization, response url.Values) {
	if asked.state != "" {
		response.Set(paramState, asked.state)
	}
	response.Set("iss", h.address.For(r))
	w.Header().Set("Location", asked.Redirect.String()+"?"+response.Encode())
	w.WriteHeader(http.StatusSeeOther)
}

// consentData is what the page that asks for consent shows.
type consentData struct {
	Action  string
	User    string
	Target  string // where the program waits
	Address string // of the browser
	Fields  map[string]string
}

// consentPage asks the user about a program on the same machine.
func (h *Handler) consentPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	asked, err := authorizationOf(r.URL.Query())
	if err != nil {
		h.refuseAuthorization(w, r, v, asked, err)
		return
	}
	h.show(w, r, v, http.StatusOK, "consent", "Log in on the command line?", consentData{
		Action: PathAuthorize, User: v.Caller.User.Handle, Target: asked.Redirect.Origin(), Address: httpkit.InfoOf(r.Context()).Address.String(),
		Fields: asked.fields(),
	}, formTarget(asked.Redirect))
}

// fields returns the request for a form, from which it is read again.
func (a authorization) fields() map[string]string {
	fields := map[string]string{
		paramResponseType: responseTypeCode, paramClient: a.Client, paramRedirect: a.Redirect.String(),
		paramChallenge: string(a.Challenge), paramChallengeMethod: grant.ChallengeMethod,
	}
	if a.state != "" {
		fields[paramState] = a.state
	}
	return fields
}

// formTarget returns the origin to which the response to a form may redirect. A policy
// cannot name an address of IPv6 (Content Security Policy 3, section 6.7.2.8): there it
// allows every address without TLS, of which the server chooses this one.
func formTarget(redirect grant.Redirect) string {
	if redirect.IsIPv6() {
		return "http:"
	}
	return redirect.Origin()
}

// Decisions of a user, in the forms of this package.
const (
	decisionApprove = "approve"
	decisionDeny    = "deny"
)

// errNoDecision is returned for a form without the click on a button.
var errNoDecision = &refusal.Error{Code: refusal.Invalid, Message: "the form has no decision: click one of its buttons"}

// consent sends the decision of the user to the program.
func (h *Handler) consent(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	asked, err := authorizationOf(r.PostForm)
	if err != nil {
		h.refuseAuthorization(w, r, v, asked, err)
		return
	}
	switch r.PostForm.Get(paramDecision) {
	case decisionApprove:
		h.issueCode(w, r, v, asked)
	case decisionDeny:
		h.sendBack(w, r, asked, url.Values{"error": {wire.AccessDenied}, "error_description": {"you refused in the browser"}})
	default:
		h.pages.Refuse(w, r, v, errNoDecision)
	}
}

func (h *Handler) issueCode(w http.ResponseWriter, r *http.Request, v browser.Visitor, asked authorization) {
	code, err := h.grants.IssueCode(r.Context(), v.Caller, asked.Request)
	if err != nil {
		h.pages.Refuse(w, r, v, err)
		return
	}
	h.sendBack(w, r, asked, url.Values{paramCode: {code.Reveal()}})
}
