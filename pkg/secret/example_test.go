package secret_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"github.com/dxauth/dxauth/pkg/secret"
)

// However it is printed, logged or encoded, a secret does not show itself.
func ExampleText() {
	password := secret.New("hunter2")
	fmt.Printf("%v %q %x %+v\n", password, password, password, struct{ Password secret.Text }{password})

	encoded, err := json.Marshal(map[string]any{"password": password})
	fmt.Println(string(encoded), err)

	withoutTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime})).Info("login", "password", password)
	// Output:
	// [redacted] [redacted] [redacted] {Password:[redacted]}
	// {"password":"[redacted]"} <nil>
	// level=INFO msg=login password=[redacted]
}

// Reveal is the one way out: a search for it finds each place where a secret leaves.
func ExampleText_Reveal() {
	token := secret.New("0123456789")
	header := "Bearer " + token.Reveal()
	fmt.Println(len(header), token.Len(), token.Equal(secret.New("0123456789")))
	// Output: 17 10 true
}

// A message to a server has its secrets as Wire, whose JSON is the value. Printed, it
// shows nothing either.
func ExampleWire() {
	type loginRequest struct {
		Username string      `json:"username"`
		Password secret.Wire `json:"password"`
	}
	request := loginRequest{"alice", secret.New("hunter2").OnWire()}
	body, err := json.Marshal(request)
	fmt.Println(string(body), err)
	fmt.Println(request)
	// Output:
	// {"username":"alice","password":"hunter2"} <nil>
	// {alice [redacted]}
}
