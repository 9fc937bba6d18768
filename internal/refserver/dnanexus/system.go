package dnanexus

import (
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

func (h *Handler) whoAmI(c call, in wire.WhoAmIRequest) (wire.WhoAmI, error) {
	response := wire.WhoAmI{ID: c.caller.User.ID}
	if in.Fields["clientIp"] {
		response.ClientIP = c.origin.Address.String()
	}
	return response, nil
}

// greet returns no announcements.
func (h *Handler) greet(call, wire.GreetRequest) (wire.Greeting, error) {
	return wire.Greeting{Messages: []wire.GreetingMessage{}}, nil
}

// comeBackLater lets clients test how they wait and retry.
func (h *Handler) comeBackLater(_ call, in wire.ComeBackLaterRequest) (wire.ComeBackLaterResponse, error) {
	now := h.service.Now()
	if in.WaitUntil == nil || !time.UnixMilli(*in.WaitUntil).After(now) {
		return wire.ComeBackLaterResponse{CurrentTime: now.UnixMilli()}, nil
	}
	refused := refusalf(wire.TypeServiceUnavailable, "Some resource was temporarily unavailable; please try again later")
	if in.SetRetryAfter == nil || *in.SetRetryAfter {
		refused.retryAfter = httpkit.BusySeconds
	}
	return wire.ComeBackLaterResponse{}, refused
}

// headers returns the headers of the request without those that hold a secret:
// clients may log the response.
func (h *Handler) headers(c call, _ wire.Empty) (map[string]string, error) {
	headers := map[string]string{}
	for name, values := range c.header {
		switch name {
		case "Authorization", "Cookie", "Proxy-Authorization":
		default:
			headers[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	return headers, nil
}
