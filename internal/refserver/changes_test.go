package refserver

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/budget"
)

// greedyBodies returns bodies as large as a request can have, with what any route takes: long
// texts, long lists, many keys, and deep folders. A route ignores keys that it does not know.
func greedyBodies(t *testing.T) map[string]string {
	t.Helper()
	const size = 60 << 10
	numbered := func(prefix string, count int) (list []string) {
		for i := range count {
			list = append(list, prefix+strconv.Itoa(i))
		}
		return list
	}
	keys := map[string]string{}
	for _, key := range numbered("k", 3000) {
		keys[key] = "value"
	}
	text := strings.Repeat("a", size/8)
	bodies := map[string]string{}
	for name, body := range map[string]map[string]any{
		"long texts": {
			"name": text, "description": text, "label": text, "first": text, "last": text, "handle": "o" + text[:200], "folder": "/" + text, "summary": text,
		},
		"long lists": {
			"tags": numbered("tag", 2000), "folders": numbered("/f", 2000), "objects": numbered("file-", 2000), "name": "x", "level": "VIEW",
		},
		"many keys":   {"properties": keys, "name": "x"},
		"deep folder": {"folder": strings.Repeat("/f", size/3), "parents": true, "recurse": true, "newpath": strings.Repeat("/g", size/4)},
		"deep enough": {"folder": strings.Repeat("/f", 60), "parents": true, "recurse": true, "name": "x", "invitee": "user-alice", "level": "ADMINISTER", "label": "x"},
	} {
		encoded, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		bodies[name] = string(encoded)
	}
	return bodies
}

// Whatever a user without rights sends to a route that changes something, a request uses a
// bounded amount of memory, gets a response of bounded size, and is not a fault of the server. How many
// requests an account has at once is bounded, too (TestTooManyRequestsOfAnAccount).
func TestChangesAreBounded(t *testing.T) {
	const (
		repeated   = 2
		mostMemory = 4 << 20 // bytes that a request allocates, for a body of 64 KiB
	)
	server := openCrowded(t, 200, Config{})
	protocols := protocolsOf(t, server, Config{}.withDefaults())
	most, statuses := uint64(0), map[int]int{}
	for _, route := range protocols.dnanexus.Routes() {
		if isSearch := strings.HasPrefix(route.Method, "find") || strings.HasPrefix(route.Method, "list"); isSearch || route.Method == "comeBackLater" {
			continue
		}
		path := "/" + strings.NewReplacer("org-*", "org-full", "user-*", "user-mallory", "project-*", "project-"+strings.Repeat("0", 24)).Replace(route.Resource) + "/" + route.Method
		for name, body := range greedyBodies(t) {
			attack := scan{method: http.MethodPost, path: path, body: body}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range repeated {
				recorder := httptest.NewRecorder()
				server.Handler().ServeHTTP(recorder, attack.request(t.Context(), "http://localhost", malloryToken))
				statuses[recorder.Code]++
				if recorder.Code == http.StatusInternalServerError {
					t.Errorf("%s with %s: %d %.200s", path, name, recorder.Code, recorder.Body)
				}
				if recorder.Body.Len() > 2*budget.MaxBytes {
					t.Errorf("%s with %s: %d bytes", path, name, recorder.Body.Len())
				}
			}
			runtime.ReadMemStats(&after)
			used := (after.TotalAlloc - before.TotalAlloc) / repeated
			if used > mostMemory {
				t.Errorf("%s with %s allocates %d KiB for a request", path, name, used>>10)
			}
			most = max(most, used)
		}
	}
	recorder := httptest.NewRecorder()
	whoami := scan{method: http.MethodPost, path: "/system/whoami", body: "{}"}
	server.Handler().ServeHTTP(recorder, whoami.request(t.Context(), "http://localhost", malloryToken))
	if recorder.Code != http.StatusOK {
		t.Errorf("at the end, her token has %d: the routes were not tried", recorder.Code)
	}
	t.Logf("at most %d KiB for a request; statuses %v", most>>10, statuses)
}
