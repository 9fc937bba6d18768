package dxda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/dnanexus/dxda"
)

// clientVariable, when set, makes the test binary run as the client.
const clientVariable = "INTEROP_CLIENT"

// seen is the report of the client process.
type seen struct {
	Host     string
	Port     int
	Protocol string
	Source   string // of the token, as the client calls it
	Answer   json.RawMessage
}

// runClient does what a program based on dxda does: it reads its environment, calls a
// route with a payload, and prints the result.
func runClient(args []string) int {
	found, err := discoverAndCall(args[0], args[1])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "client:", err)
		return 1
	}
	return 0
}

func discoverAndCall(route, payload string) (seen, error) {
	env, source, err := dxda.GetDxEnvironment()
	if err != nil {
		return seen{}, err
	}
	answer, err := call(context.Background(), env, route, payload)
	return seen{
		Host: env.ApiServerHost, Port: env.ApiServerPort, Protocol: env.ApiServerProtocol,
		Source: source, Answer: answer,
	}, err
}

// call posts a payload to a route, once.
func call(ctx context.Context, env dxda.DXEnvironment, route, payload string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	const noRetries = 0
	return dxda.DxAPI(ctx, dxda.NewHttpClient(), noRetries, &env, route, payload)
}

// mustCall is like call, fails the test on an error, and decodes the response.
func mustCall[T any](t *testing.T, env dxda.DXEnvironment, route, payload string) T {
	t.Helper()
	answer, err := call(t.Context(), env, route, payload)
	if err != nil {
		t.Fatalf("%s: %v", route, err)
	}
	return decoded[T](t, answer)
}

func decoded[T any](t *testing.T, answer []byte) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(answer, &value); err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	return value
}

// refusal calls a route that must fail and returns the error of the client.
func refusal(t *testing.T, env dxda.DXEnvironment, route, payload string) dxda.DxError {
	t.Helper()
	answer, err := call(t.Context(), env, route, payload)
	var refused *dxda.DxError
	if !errors.As(err, &refused) {
		t.Fatalf("%s: got %s, %v, want a typed error", route, answer, err)
	}
	return *refused
}
