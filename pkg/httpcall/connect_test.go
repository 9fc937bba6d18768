package httpcall_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

// Connecting has a limit, however many steps it takes, and the response has its own.
func TestTheLimitOfConnecting(t *testing.T) {
	const limit = 3 * time.Second
	hangs := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	silent := func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() { // reads, and writes nothing
			buffer := make([]byte, 4096)
			for {
				if _, err := theirs.Read(buffer); err != nil {
					return
				}
			}
		}()
		return ours, nil
	}
	slowly := func(ctx context.Context, network, address string) (net.Conn, error) {
		time.Sleep(limit * 2 / 3)
		return silent(ctx, network, address)
	}
	tests := []struct {
		name, server string
		dial         func(context.Context, string, string) (net.Conn, error)
		after        time.Duration
		reason       string
	}{
		{"no answer to a connection", "http://platform.example", hangs, limit, "no connection within 3s"},
		{"no TLS after a connection", "https://platform.example", silent, limit, "no connection within 3s"},
		{"a slow connection, and no TLS", "https://platform.example", slowly, limit, "no connection within 3s"},
		{"a slow connection, and no response", "http://platform.example", slowly, limit*2/3 + time.Minute, "timed out"},
		{"no response", "http://platform.example", silent, time.Minute, "timed out"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := httpcall.NewHTTPClient(httpcall.ClientConfig{ConnectTimeout: limit})
				httpcall.TransportOf(client).DialContext = tt.dial
				started := time.Now()
				_, err := sender(client).Send(t.Context(), callTo(tt.server))
				unreachable, ok := errors.AsType[*httpcall.UnreachableError](err)
				if !ok || unreachable.Reason() != tt.reason {
					t.Errorf("got %v, want %s", err, tt.reason)
				}
				if took := time.Since(started); took != tt.after {
					t.Errorf("it took %s, want %s", took, tt.after)
				}
				client.CloseIdleConnections()
			})
		})
	}
}

// A call that its caller gives up while it connects ends at once, as cancelled.
func TestGivingUpWhileConnecting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := httpcall.NewHTTPClient(httpcall.ClientConfig{})
		httpcall.TransportOf(client).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errors.New("interrupt signal received")) })
		started := time.Now()
		_, err := sender(client).Send(ctx, callTo("https://platform.example"))
		if took := time.Since(started); !errors.Is(err, context.Canceled) || took != time.Second {
			t.Errorf("after %s: %v", took, err)
		}
		client.CloseIdleConnections()
	})
}

// A body can be read long after the limit of connecting.
func TestASlowBodyIsNotBoundByTheLimitOfConnecting(t *testing.T) {
	const limit = 50 * time.Millisecond
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		select {
		case <-time.After(2 * limit): // of the client's real clock
		case <-r.Context().Done():
		}
		_, _ = w.Write([]byte("late"))
	}))
	defer server.Close()
	client := httpcall.NewHTTPClient(httpcall.ClientConfig{ConnectTimeout: limit})
	defer client.CloseIdleConnections()
	for range 2 { // the second time over the same connection
		answer, err := sender(client).Send(t.Context(), callTo(server.URL))
		if err != nil || string(answer.Body) != "late" {
			t.Errorf("got %q, %v", answer.Body, err)
		}
	}
}
