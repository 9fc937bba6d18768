package httpcall_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

func TestACallIsSentAsItsProtocolWantsIt(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("X-Own")+" "+string(body))
	})
	answer, err := sender(nil).Send(t.Context(), httpcall.Call{
		Method: http.MethodPut, Server: s.URL + "/base/", Route: "/api/v2/token?num=1&q=a%2Fb",
		Header: http.Header{"X-Own": {"one"}}, Body: []byte("body"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(answer.Body), "PUT /base/api/v2/token?num=1&q=a%2Fb one body"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if answer.Status != http.StatusTeapot || answer.RetryAfter() != 7*time.Second || answer.URL() != s.URL+"/base/api/v2/token?num=1&q=a%2Fb" {
		t.Errorf("got %+v", answer)
	}
}

func TestOnlyPassingTroubleIsTriedAgain(t *testing.T) {
	tests := []struct {
		name    string
		trouble step
		again   bool
	}{
		{"rate limit", step{status: 429}, true},
		{"bad gateway", step{status: 502}, true},
		{"overload", step{status: 503}, true},
		{"gateway timeout", step{status: 504}, true},
		{"reset connection", step{err: syscall.ECONNRESET}, true},
		{"reset connection on Windows", step{err: syscall.Errno(10054)}, true},
		{"closed connection", step{err: io.EOF}, true},
		{"refused connection", step{err: syscall.ECONNREFUSED}, false},
		{"other network trouble", step{err: errors.New("odd")}, false},
		{"missing rights", step{status: 401}, false},
		{"lock-out", step{status: 403, retryAfter: "1"}, false},
		{"wrong input", step{status: 422}, false},
		{"broken server", step{status: 500}, false},
		{"unknown route", step{status: 501}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScript(test.trouble, step{status: 200})
				answer, err := s.send(t.Context())
				if again := len(s.calls) == 2; again != test.again {
					t.Errorf("sent %d times", len(s.calls))
				}
				if recovered := err == nil && answer.Status == 200; recovered != test.again {
					t.Errorf("got %d, %v", answer.Status, err)
				}
			})
		})
	}
}

func TestACallIsSentAsOftenAsItMayBe(t *testing.T) {
	for tries, want := range map[int]int{-1: 1, 0: 1, 1: 1, 2: 2, 5: 5} {
		synctest.Test(t, func(t *testing.T) {
			s := newScript(step{status: 503})
			call := callTo("https://api.example")
			call.Tries = tries
			answer, err := sender(&http.Client{Transport: s}).Send(t.Context(), call)
			if len(s.calls) != want || answer.Status != 503 || err != nil {
				t.Errorf("%d tries: sent %d times; %d, %v", tries, len(s.calls), answer.Status, err)
			}
		})
	}
}

func TestThePauseBetweenTries(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name       string
		retryAfter string
		atLeast    []time.Duration // when the calls come, without jitter
		spread     time.Duration   // how much later the last one may come
	}{
		{"grows and has jitter", "", []time.Duration{0, s / 2, 3 * s / 2}, 3 * s / 4},
		{"is what the server asks for", "7", []time.Duration{0, 7 * s, 14 * s}, 0},
		{"is never more than half a minute", "3600", []time.Duration{0, 30 * s}, 0},
		{"is never more than that in all", "20", []time.Duration{0, 20 * s, 30 * s}, 0},
		{"ignores a date", "Wed, 21 Oct 2026 07:28:00 GMT", []time.Duration{0, s / 2, 3 * s / 2}, 3 * s / 4},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newScript(step{status: 503, retryAfter: test.retryAfter})
				if answer, err := server.send(t.Context()); err != nil || answer.Status != 503 {
					t.Errorf("got %d, %v", answer.Status, err)
				}
				if len(server.calls) != len(test.atLeast) {
					t.Fatalf("calls at %v", server.calls)
				}
				for i, at := range server.calls {
					if at < test.atLeast[i] || at > test.atLeast[i]+test.spread {
						t.Errorf("call %d at %v, want %v to %v", i+1, at, test.atLeast[i], test.atLeast[i]+test.spread)
					}
				}
			})
		})
	}
}

func TestAPauseThatTheServerAsksForIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pauses []httpcall.Pause
		s := sender(&http.Client{Transport: newScript(step{status: 503, retryAfter: "7"}, step{status: 503, retryAfter: "3600"}, step{status: 503})})
		s.Waiting = func(p httpcall.Pause) { pauses = append(pauses, p) }
		if _, err := s.Send(t.Context(), callTo("https://api.example")); err != nil {
			t.Fatal(err)
		}
		want := []httpcall.Pause{
			{Server: "https://api.example", Asked: 7 * time.Second, Length: 7 * time.Second},
			{Server: "https://api.example", Asked: time.Hour, Length: 23 * time.Second},
		}
		if !slices.Equal(pauses, want) {
			t.Errorf("got  %v\nwant %v", pauses, want)
		}
	})
}

func TestRetryAfterIsReadInSeconds(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"2":                             2 * time.Second,
		"4294967295":                    4294967295 * time.Second,
		"-1":                            0,
		"1.5":                           0,
		"99999999999999999999":          0,
		"Wed, 21 Oct 2026 07:28:00 GMT": 0,
	} {
		answer := httpcall.Answer{Header: http.Header{"Retry-After": {header}}}
		if got := answer.RetryAfter(); got != want {
			t.Errorf("%q: got %v, want %v", header, got, want)
		}
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Run("a pause beyond the deadline is not begun", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			s := newScript(step{status: 503, retryAfter: "20"})
			if answer, err := s.send(ctx); err != nil || answer.Status != 503 {
				t.Errorf("got %d, %v; want the answer itself", answer.Status, err)
			}
			if waited := time.Since(s.start); waited != 0 {
				t.Errorf("waited %v for nothing", waited)
			}
		})
	})
	t.Run("a pause ends when the caller gives up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(3*time.Second, cancel)
			s := newScript(step{status: 503, retryAfter: "20"})
			if _, err := s.send(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if waited := time.Since(s.start); waited != 3*time.Second {
				t.Errorf("gave up after %v", waited)
			}
		})
	})
}

// What is lost after an answer has begun is not asked for again.
func TestAnAnswerThatBreaksOffIsNotTriedAgain(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"id":`)
	})
	_, err := sender(nil).Send(t.Context(), callTo(s.URL))
	got, ok := errors.AsType[*httpcall.UnreachableError](err)
	if !ok || got.Reason() != "the connection was lost" {
		t.Errorf("got %v", err)
	}
	if s.requests != 1 {
		t.Errorf("asked %d times", s.requests)
	}
}

func TestARealResetIsTriedAgain(t *testing.T) {
	t.Parallel()
	var calls int
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 1 {
			panic(http.ErrAbortHandler) // closes the connection without an answer
		}
		answering(200, `{"id":"user-alice"}`)(w, r)
	})
	if _, err := sender(nil).Send(t.Context(), callTo(s.URL)); err != nil || s.requests != 2 {
		t.Errorf("asked %d times: %v", s.requests, err)
	}
}

// C-08: a credential goes only to the host that it was made for, whatever client the
// caller has.
func TestARedirectIsNotFollowed(t *testing.T) {
	clients := map[string]*http.Client{"of this package": httpcall.NewHTTPClient(httpcall.ClientConfig{}), "that follows": {}}
	for _, status := range []int{301, 302, 303, 307, 308} {
		for name, client := range clients {
			t.Run(http.StatusText(status)+" with a client "+name, func(t *testing.T) {
				second := newServer(t, answering(200, `{"id":"user-mallory"}`))
				first := newServer(t, func(w http.ResponseWriter, r *http.Request) {
					http.Redirect(w, r, second.URL+"/elsewhere?token="+token, status)
				})
				s := sender(client)
				answer, err := s.Send(t.Context(), callTo(first.URL))
				if err != nil || answer.Status != status {
					t.Fatalf("got %d, %v", answer.Status, err)
				}
				got, ok := errors.AsType[*httpcall.RedirectError](answer.Redirect())
				if !ok || got.From != first.URL+"/system/whoami" || got.To != second.URL {
					t.Fatalf("got %+v", got)
				}
				if !strings.Contains(got.Error(), got.From) || !strings.Contains(got.Error(), got.To) {
					t.Errorf("%q does not name both addresses", got)
				}
				if first.requests != 1 || second.requests != 0 {
					t.Errorf("the hosts were asked %d and %d times", first.requests, second.requests)
				}
			})
		}
	}
	if clients["that follows"].CheckRedirect != nil {
		t.Error("the caller's client was changed")
	}
}

// A token may be anywhere in the address, so only its host is shown.
func TestARedirectShowsNoTokenOfTheAnswer(t *testing.T) {
	const live = "5ecr3tOfTheAnswer"
	tests := map[string]string{
		"https://other.example/cb?access_token=" + live: "https://other.example",
		"https://other.example/cb#access_token=" + live: "https://other.example",
		"https://other.example:8443/" + live + "/x":     "https://other.example:8443",
		"https://" + live + ":x@other.example/":         "https://other.example",
		"//other.example/" + live:                       "http://other.example",
		"myapp:" + live:                                 "an address without a host",
		"data:text/plain," + live:                       "an address without a host",
		"x" + live + "://x":                             "another kind of address",
	}
	for location, want := range tests {
		server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		})
		answer, err := sender(nil).Send(t.Context(), callTo(server.URL))
		if err != nil {
			t.Fatal(err)
		}
		got, ok := errors.AsType[*httpcall.RedirectError](answer.Redirect())
		if !ok || got.To != want || strings.Contains(fmt.Sprintf("%+v %v", *got, got), live) {
			t.Errorf("%s: got %+v, want %s", location, got, want)
		}
	}
}

func TestOnlyARedirectWithAPlaceIsOne(t *testing.T) {
	for status, location := range map[int]string{200: "/there", 302: "", 404: "/there"} {
		answer := httpcall.Answer{Status: status, Header: http.Header{"Location": {location}}}
		if err := answer.Redirect(); err != nil {
			t.Errorf("%d to %q: %v", status, location, err)
		}
	}
}

// C-09: answers are bounded, errors included.
func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	const limit = 16 << 20
	for _, test := range []struct {
		name   string
		status int
		size   int
		want   error
	}{
		{"at the limit", 200, limit, nil},
		{"over it", 200, limit + 1, httpcall.ErrAnswerTooLarge},
		{"over it, an error too", 500, limit + 1, httpcall.ErrAnswerTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = w.Write(bytes.Repeat([]byte("x"), test.size))
			})
			answer, err := sender(nil).Send(t.Context(), callTo(s.URL))
			if !errors.Is(err, test.want) || err == nil && len(answer.Body) != test.size || err != nil && answer.Body != nil {
				t.Errorf("got %d bytes, %v", len(answer.Body), err)
			}
		})
	}
}

func TestAddressesThatAreNoServers(t *testing.T) {
	for _, address := range []string{
		"", "api.dnanexus.com", "api.dnanexus.com:443", "ftp://host", "https://", "https://user:hunter2@host",
		"https://host?x=hunter2", "https://host#hunter2", "https://user:hunter2@ho st",
	} {
		t.Run(address, func(t *testing.T) {
			_, err := sender(failing(errors.New("it was called"))).Send(t.Context(), callTo(address))
			if err == nil || strings.Contains(err.Error(), "it was called") {
				t.Errorf("got %v", err)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows a password: %v", err)
			}
		})
	}
}
