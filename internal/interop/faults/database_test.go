//go:build unix

package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/internal/testpostgres"
)

// A request takes a dozen round trips to the database, so their delay is short.
const late = `{"type": "latency", "stream": "downstream", "attributes": {"latency": 20, "jitter": 10}}`

// stalled swallows what the database sends, until the fault is over.
const stalled = `{"type": "timeout", "stream": "downstream", "attributes": {"timeout": 0}}`

// S-56: what a fault between a server and PostgreSQL does to requests. Each is
// done, or refused as unavailable with a Retry-After; what was acknowledged is there
// afterwards, and what was refused is not.
func TestFaultsBetweenServerAndPostgres(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault string
		works bool // requests are done, if later
	}{
		"a slow network":                   {late, true},
		"resets":                           {reset, false},
		"resets of what the server sends":  {resetEarly, false},
		"responses that are cut off":       {cut, false},
		"a database that does not respond": {stalled, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rounds(t, func(t *testing.T) { sufferDatabase(t, c.fault, c.works) })
		})
	}
}

func sufferDatabase(t *testing.T, fault string, works bool) {
	database := testpostgres.Shared(t)
	network := newNetwork(t, database.HostPort())
	direct := database.TCPURL(teststore.NewDatabase(t).Config().Database) // which rounds use again
	address := strings.Replace(direct, database.HostPort(), network.proxy.Listen, 1)
	folder := filepath.Join(t.TempDir(), "server")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	s := serve(t, "--store", address, "--key-file", filepath.Join(folder, "key"), "--fixture", "testdata/lab.yaml")
	if status := s.ready(t); status != http.StatusOK {
		t.Fatalf("before the fault, readyz has %d", status)
	}

	network.suffer(fault)
	var status int
	var asked sync.WaitGroup
	asked.Go(func() { status = s.ready(t) })
	outcomes := s.makeProjects(t, "during")
	asked.Wait()
	network.heal()
	if ready := status == http.StatusOK; ready != works {
		t.Errorf("during the fault, readyz has %d", status)
	}
	for _, o := range outcomes {
		if works && o.status != http.StatusOK {
			t.Errorf("%s has %d %s", o.project, o.status, o.kind)
		}
		if !works && (o.status != http.StatusServiceUnavailable || o.kind == "ServiceUnavailable" && o.retryAfter == "") {
			t.Errorf("%s has %d %s, Retry-After %q", o.project, o.status, o.kind, o.retryAfter)
		}
	}

	await(t, "the server is ready after the fault", func() bool { return s.ready(t) == http.StatusOK })
	outcomes = append(outcomes, s.makeProjects(t, "after")...)
	there := s.projects(t)
	for _, o := range outcomes {
		switch {
		case o.status == http.StatusOK && there[o.project] != 1:
			t.Errorf("%s was acknowledged and is there %d times", o.project, there[o.project])
		case o.kind == "ServiceUnavailable" && there[o.project] != 0:
			t.Errorf("%s was refused and is there", o.project)
		case there[o.project] > 1:
			t.Errorf("%s is there %d times", o.project, there[o.project])
		case strings.HasPrefix(o.project, "after") && o.status != http.StatusOK:
			t.Errorf("after the fault, %s has %d %s", o.project, o.status, o.kind)
		}
	}
}

// An outcome is the response to a request to make a project.
type outcome struct {
	project    string
	status     int
	kind       string // the type of the error; empty: none
	retryAfter string
}

// makeProjects makes a few projects at once.
func (s server) makeProjects(t *testing.T, prefix string) []outcome {
	t.Helper()
	outcomes := make([]outcome, 2)
	var all sync.WaitGroup
	for i := range outcomes {
		all.Go(func() {
			name := fmt.Sprintf("%s-%d", prefix, i)
			response, body := s.call(t, "/project/new", fmt.Sprintf(`{"name": %q}`, name))
			if response == nil {
				return // call has reported it
			}
			var refusal struct {
				Error struct{ Type string } `json:"error"`
			}
			if err := json.Unmarshal(body, &refusal); err != nil {
				t.Errorf("%v: %q", err, body)
			}
			outcomes[i] = outcome{name, response.StatusCode, refusal.Error.Type, response.Header.Get("Retry-After")}
		})
	}
	all.Wait()
	return outcomes
}

// projects returns how often each name of a project is there.
func (s server) projects(t *testing.T) map[string]int {
	t.Helper()
	response, body := s.call(t, "/system/findProjects", `{"level": "VIEW", "describe": true}`)
	var page struct {
		Results []struct{ Describe struct{ Name string } }
	}
	if err := json.Unmarshal(body, &page); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("findProjects has %d, %v: %s", response.StatusCode, err, body)
	}
	names := map[string]int{}
	for _, result := range page.Results {
		names[result.Describe.Name]++
	}
	return names
}

// call sends a request with the token of the fixture; response is nil if there is none.
func (s server) call(t *testing.T, route, body string) (response *http.Response, content []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+route, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return nil, nil
	}
	request.Header.Set("Authorization", "Bearer "+watchToken)
	request.Header.Set("Content-Type", "application/json")
	response, err = http.DefaultClient.Do(request)
	if err != nil {
		t.Errorf("%s has no response: %v", route, err)
		return nil, nil
	}
	defer response.Body.Close()
	if content, err = io.ReadAll(response.Body); err != nil {
		t.Error(err)
	}
	return response, content
}

// ready returns the status of readyz.
func (s server) ready(t *testing.T) int {
	t.Helper()
	response, err := http.Get(s.url + "/readyz")
	if err != nil {
		t.Error(err)
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}
