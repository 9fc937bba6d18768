package httpcall_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// A client of another protocol sends its calls and turns what is not of the protocol
// into an error.
func ExampleSender() {
	other := httptest.NewServer(http.NotFoundHandler()) // not the server that was meant
	defer other.Close()
	credential := secret.New("0123456789abcdef")
	sender := httpcall.Sender{HTTP: httpcall.NewHTTPClient(httpcall.ClientConfig{}), Credential: credential}

	answer, err := sender.Send(context.Background(), httpcall.Call{
		Method: http.MethodGet,
		Server: other.URL,
		Route:  "/api/me?fields=name",
		Header: http.Header{"Authorization": {"Bearer " + credential.Reveal()}},
		Tries:  3, // it only reads
	})
	if err == nil {
		err = answer.Redirect()
	}
	if err == nil && answer.Status != http.StatusOK {
		unexpected := answer.Unexpected()
		fmt.Println(unexpected.Status, unexpected.ContentType, unexpected.Problem)
	}
	// Output: 404 text/plain not JSON at byte 5
}
