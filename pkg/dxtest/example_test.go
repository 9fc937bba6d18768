package dxtest_test

import (
	"testing"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/dxtest"
)

// The package documentation shows this test; TestDocumentation compares them.
func TestWhoAmI(t *testing.T) {
	t.Parallel()
	srv := dxtest.New(t, dxtest.User("alice", "pw-of-alice"))
	token := srv.SignIn("alice", "pw-of-alice")

	who, err := srv.Client(token).WhoAmI(t.Context(), dnanexus.WhoAmIRequest{})
	if err != nil || who.ID != "user-alice" {
		t.Fatalf("got %q, %v", who.ID, err)
	}

	srv.Advance(15 * time.Minute) // a session ends after this time without use
	_, err = srv.Client(token).WhoAmI(t.Context(), dnanexus.WhoAmIRequest{})
	if !dnanexus.IsType(err, dnanexus.TypeInvalidAuthentication) {
		t.Errorf("the session still works: %v", err)
	}
}
