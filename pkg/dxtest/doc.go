// Package dxtest is a DNAnexus-like platform for Go tests, as httptest is a web
// server for them. It tests a script, a tool or a client of a platform without
// an account, a network or a second program:
//
//	func TestWhoAmI(t *testing.T) {
//		t.Parallel()
//		srv := dxtest.New(t, dxtest.User("alice", "pw-of-alice"))
//		token := srv.SignIn("alice", "pw-of-alice")
//
//		who, err := srv.Client(token).WhoAmI(t.Context(), dnanexus.WhoAmIRequest{})
//		if err != nil || who.ID != "user-alice" {
//			t.Fatalf("got %q, %v", who.ID, err)
//		}
//
//		srv.Advance(15 * time.Minute) // a session ends after this time without use
//		_, err = srv.Client(token).WhoAmI(t.Context(), dnanexus.WhoAmIRequest{})
//		if !dnanexus.IsType(err, dnanexus.TypeInvalidAuthentication) {
//			t.Errorf("the session still works: %v", err)
//		}
//	}
//
// It promises that the server is the one of "dxauth serve", with its rules and
// its wire protocol, and not a fake; that it listens on the loopback interface
// only, ends with its test, and shares nothing with another one, so that tests
// may run in parallel; that the test controls its time, see [Server.Advance], and
// its failures, see [Server.Fail]; and that the requests which it shows, see
// [Server.Requests], hold no secret. A wrong option or argument ends the test with
// a message that names it.
//
// A program under test finds the server by [Server.Env]. Passwords are hashed
// as cheaply as possible here, so the package is for tests only.
package dxtest
