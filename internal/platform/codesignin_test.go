package platform

import (
	"errors"
	"testing"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Who has a code meets a platform that takes none.
func TestAPlatformThatTakesNoCodes(t *testing.T) {
	const noRoute = `{"error": {"type": "ResourceNotFound", "message": "no such route"}}`
	s := &server{status: 404, answers: map[string]string{dnanexus.RouteActivateUser: noRoute, dnanexus.RouteBootstrap: noRoute}}
	p := ConnectForCode(s.access(t))
	if _, err := p.Activate(t.Context(), secret.New("c"), secret.New("p")); !errors.Is(err, ErrNotOffered) {
		t.Errorf("activate: %v", err)
	}
	if _, err := p.Bootstrap(t.Context(), secret.New("c"), secret.New("p"), dnanexus.BootstrapRequest{}); !errors.Is(err, ErrNotOffered) {
		t.Errorf("bootstrap: %v", err)
	}
}
