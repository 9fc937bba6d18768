package oauth

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/service/grants"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
	wire "github.com/dxauth/dxauth/pkg/oauth"
)

// deviceAuthorization gives a device its codes (RFC 8628, section 3.2).
func (h *Handler) deviceAuthorization(c call) (any, error) {
	if err := checkClient(c.Request, c.list); err != nil {
		return nil, err
	}
	if refused := checkScope(c.list); refused != nil {
		return nil, refused
	}
	device, err := h.grants.BeginDevice(c.Context(), c.list[paramClient], c.origin)
	if err != nil {
		return nil, err
	}
	page := h.address.For(c.Request) + PathDevice
	return wire.DeviceAuthorization{
		DeviceCode:              device.DeviceCode.OnWire(),
		UserCode:                string(device.Typed),
		VerificationURI:         page,
		VerificationURIComplete: page + "?" + url.Values{paramUserCode: {string(device.Typed)}}.Encode(),
		ExpiresIn:               int64(device.Expires.Sub(device.Made) / time.Second),
		Interval:                int64(device.Interval / time.Second),
	}, nil
}

// codeData is what the page shows on which a user types a code.
type codeData struct {
	Action string
	Code   string
	Error  string
}

const (
	titleCode    = "Log in on another device"
	titleApprove = "Log in on this device?"
)

// codePage asks for the code of a device. One in the address is filled in and not looked
// up, so that a link of another site changes nothing: neither a device nor the count of
// wrong codes.
func (h *Handler) codePage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	code, _ := grant.ParseUserCode(r.URL.Query().Get(paramUserCode)) // empty: the user types it
	h.show(w, r, v, http.StatusOK, "code", titleCode, codeData{Action: PathDevice, Code: string(code)})
}

// approveData is what the page shows on which a user decides about a device.
type approveData struct {
	grants.Waiting
	Action  string
	User    string
	Program string
	Own     string // address of the user
	Time    string
}

// maxName is how much of the name of a program is shown, in bytes. The program chose it, so
// it must not have room for a message.
const maxName = 40

func nameOf(userAgent string) string {
	if len(userAgent) <= maxName {
		return cmp.Or(userAgent, "unknown")
	}
	return strings.ToValidUTF8(userAgent[:maxName], "") + "…"
}

// decide looks up the device of a code, and stores the decision if the form has one. What
// the user decides about was on the page before: the code alone approves nothing.
func (h *Handler) decide(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	typed := r.PostForm.Get(paramUserCode)
	switch r.PostForm.Get(paramDecision) {
	case decisionApprove:
		err := h.grants.ApproveDevice(r.Context(), v.Caller, typed)
		h.showDecision(w, r, v, doneData{Title: "Approved", User: v.Caller.User.Handle, IsApproved: true}, err)
	case decisionDeny:
		err := h.grants.DenyDevice(r.Context(), v.Caller, typed)
		h.showDecision(w, r, v, doneData{Title: "Refused"}, err)
	default:
		h.approvePage(w, r, v, typed)
	}
}

func (h *Handler) approvePage(w http.ResponseWriter, r *http.Request, v browser.Visitor, typed string) {
	waiting, err := h.grants.FindDevice(r.Context(), v.Caller, typed)
	if err != nil {
		h.refuseCode(w, r, v, err)
		return
	}
	h.show(w, r, v, http.StatusOK, "approve", titleApprove, approveData{
		Waiting: waiting, Action: PathDevice, User: v.Caller.User.Handle, Program: nameOf(waiting.UserAgent),
		Own: httpkit.InfoOf(r.Context()).Address.String(), Time: waiting.Since.UTC().Format("15:04 UTC"),
	})
}

// doneData is what the page shows after a decision.
type doneData struct {
	Title      string
	User       string
	IsApproved bool
}

func (h *Handler) showDecision(w http.ResponseWriter, r *http.Request, v browser.Visitor, done doneData, err error) {
	if err != nil {
		h.refuseCode(w, r, v, err)
		return
	}
	h.show(w, r, v, http.StatusOK, "done", done.Title, done)
}

// refuseCode shows the form again after a wrong code or too many of them.
func (h *Handler) refuseCode(w http.ResponseWriter, r *http.Request, v browser.Visitor, err error) {
	isWrong := refusal.ReasonOf(err) == refusal.WrongUserCode
	if !isWrong && refusal.CodeOf(err) != refusal.Throttled {
		h.pages.Refuse(w, r, v, err)
		return
	}
	said := browser.Explain(err)
	said.SetRetryAfter(w)
	h.show(w, r, v, said.Status, "code", titleCode, codeData{Action: PathDevice, Error: said.Text})
}
