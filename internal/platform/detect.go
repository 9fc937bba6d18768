package platform

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// detectTime bounds how long a server may take to tell what it is, once it is connected.
const detectTime = 5 * time.Second

// Detect finds out what a server speaks: from what dxauth's own server says of
// itself, else from what only MOLGENIS answers. A server that says neither is
// taken for a DNAnexus. No credential is sent, and a server that can't be
// reached is asked once: then the type is unknown, and the error says why.
func Detect(ctx context.Context, access Access) (Type, error) {
	ctx, cancel := onceConnected(ctx, detectTime)
	defer cancel()
	access.Token = secret.Text{}
	kind, err := announced(ctx, access)
	var unreachable *httpcall.UnreachableError
	switch {
	case kind != "":
		return kind, nil
	case errors.As(err, &unreachable):
		return TypeUnknown, err
	}
	client := newMOLGENIS(access)
	if _, err := client.Manifest(ctx); err == nil {
		return TypeEMX2, nil
	}
	if _, err := client.Version(ctx); err == nil {
		return TypeMOLGENIS, nil
	}
	return TypeDNAnexus, nil
}

// onceConnected returns a context that ends so long after its first request got a
// connection. Connecting has a limit of its own.
func onceConnected(ctx context.Context, limit time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	var start sync.Once
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		start.Do(func() { time.AfterFunc(limit, func() { cancel(context.DeadlineExceeded) }) })
	}}), func() { cancel(nil) }
}

// announced reads what dxauth's own server says of itself; "" where it is
// another, or of a type that this version does not know.
func announced(ctx context.Context, access Access) (Type, error) {
	header := http.Header{"User-Agent": {access.UserAgent}, "Accept": {"application/json"}}
	sender := httpcall.Sender{HTTP: access.HTTP, Trace: access.Trace}
	answer, err := sender.Send(ctx, httpcall.Call{
		Method: http.MethodGet, Server: access.APIServer, Route: dnanexus.RouteDiscovery, Header: header, Tries: 1,
	})
	if err != nil || answer.Status != http.StatusOK {
		return "", err
	}
	var found dnanexus.Discovery
	if err := json.Unmarshal(answer.Body, &found); err != nil {
		return "", nil
	}
	switch kind := Type(found.Type); kind {
	case TypeDNAnexus, TypeMOLGENIS, TypeEMX2:
		return kind, nil
	default:
		return "", nil
	}
}
