package dnanexus_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

func TestCallsOfProjects(t *testing.T) {
	const id = "project-1"
	tests := map[string]struct {
		call   func(context.Context, *dnanexus.Client) (any, error)
		route  string
		body   string
		answer string
		want   any
	}{
		"every filter": {
			call: func(ctx context.Context, c *dnanexus.Client) (any, error) {
				answer, err := c.FindProjects(ctx, dnanexus.FindProjectsRequest{
					Tags:       &dnanexus.TagQuery{And: []dnanexus.TagQuery{{Tag: "a"}, {Or: []dnanexus.TagQuery{{Tag: "b"}, {Tag: "c"}}}}},
					Properties: &dnanexus.PropertyQuery{Is: map[string]*string{"k": new("v"), "l": nil}},
					Created:    &dnanexus.TimeRange{After: new(int64(5))}, Modified: &dnanexus.TimeRange{Before: new(int64(6))},
					Region: dnanexus.StringList{"aws:us-east-1"}, ContainsPHI: new(false), ExternalUploadRestricted: new(true),
					BillTo: "org-lab", CreatedBy: "user-alice",
				})
				return string(answer.Next), err
			},
			route: "POST /system/findProjects",
			body: `{"tags":{"$and":["a",{"$or":["b","c"]}]},"properties":{"k":"v","l":true},"created":{"after":5},"modified":{"before":6},` +
				`"region":"aws:us-east-1","containsPHI":false,"externalUploadRestricted":true,"billTo":"org-lab","createdBy":"user-alice"}`,
			answer: `{"results":[],"next":null}`, want: "null",
		},
		"an update": {
			call: func(ctx context.Context, c *dnanexus.Client) (any, error) {
				return nil, c.UpdateProject(ctx, id, dnanexus.UpdateProjectRequest{
					Name: new("Exome"), ContainsPHI: new(true), DownloadRestricted: new(false), Version: new(int64(0)),
					DatabaseResultsRestricted: dnanexus.Nullable[int64]{Present: true},
					AllowedExecutables:        dnanexus.Nullable[[]string]{Present: true, Value: &[]string{"app-x"}},
				})
			},
			route: "POST /project-1/update",
			body: `{"name":"Exome","containsPHI":true,"downloadRestricted":false,"databaseResultsRestricted":null,` +
				`"allowedExecutables":["app-x"],"version":0}`,
			answer: `{"id":"project-1"}`,
		},
		"an update of nothing": {
			call: func(ctx context.Context, c *dnanexus.Client) (any, error) {
				return nil, c.UpdateProject(ctx, id, dnanexus.UpdateProjectRequest{})
			},
			route: "POST /project-1/update", body: `{}`, answer: `{"id":"project-1"}`,
		},
		"leaving": {
			call:  func(ctx context.Context, c *dnanexus.Client) (any, error) { return nil, c.LeaveProject(ctx, id) },
			route: "POST /project-1/leave", body: `{}`, answer: `{"id":"project-1"}`,
		},
		"tags": {
			call:  func(ctx context.Context, c *dnanexus.Client) (any, error) { return nil, c.AddTags(ctx, id, "a", "b") },
			route: "POST /project-1/addTags", body: `{"tags":["a","b"]}`, answer: `{"id":"project-1"}`,
		},
		"no tags any more": {
			call:  func(ctx context.Context, c *dnanexus.Client) (any, error) { return nil, c.RemoveTags(ctx, id, "a") },
			route: "POST /project-1/removeTags", body: `{"tags":["a"]}`, answer: `{"id":"project-1"}`,
		},
		"properties": {
			call: func(ctx context.Context, c *dnanexus.Client) (any, error) {
				return nil, c.SetProperties(ctx, id, dnanexus.SetPropertiesRequest{Properties: map[string]*string{"k": new(""), "l": nil}})
			},
			route: "POST /project-1/setProperties", body: `{"properties":{"k":"","l":null}}`, answer: `{"id":"project-1"}`,
		},
		"a folder less": {
			call: func(ctx context.Context, c *dnanexus.Client) (any, error) {
				return c.RemoveFolder(ctx, id, dnanexus.RemoveFolderRequest{Folder: "/a", Recurse: true, Force: true, Partial: true})
			},
			route: "POST /project-1/removeFolder", body: `{"folder":"/a","recurse":true,"force":true,"partial":true}`,
			answer: `{"id":"project-1","completed":true}`, want: dnanexus.RemoveFolderResponse{ID: id, Completed: true},
		},
		"another name for a folder": {
			call: func(ctx context.Context, c *dnanexus.Client) (any, error) {
				return nil, c.RenameFolder(ctx, id, dnanexus.RenameFolderRequest{Folder: "/a", NewPath: "/b"})
			},
			route: "POST /project-1/renameFolder", body: `{"folder":"/a","newpath":"/b"}`, answer: `{"id":"project-1"}`,
		},
		"objects less": {
			call: func(ctx context.Context, c *dnanexus.Client) (any, error) {
				return nil, c.RemoveObjects(ctx, id, dnanexus.RemoveObjectsRequest{Objects: []string{"file-x"}, Force: true})
			},
			route: "POST /project-1/removeObjects", body: `{"objects":["file-x"],"force":true}`, answer: `{"id":"project-1"}`,
		},
		"data objects": {
			call: func(ctx context.Context, c *dnanexus.Client) (any, error) {
				return c.FindDataObjects(ctx, dnanexus.FindDataObjectsRequest{Scope: &dnanexus.FindScope{Project: id, Folder: "/", Recurse: new(false)}})
			},
			route: "POST /system/findDataObjects", body: `{"scope":{"project":"project-1","folder":"/","recurse":false}}`,
			answer: `{"results":[{"id":"file-x"}],"next":null}`,
			want: dnanexus.FindResponse{
				Results: []json.RawMessage{json.RawMessage(`{"id":"file-x"}`)}, Next: json.RawMessage("null"),
			},
		},
		"names": {
			call: func(ctx context.Context, c *dnanexus.Client) (any, error) {
				answer, err := c.ResolveDataObjects(ctx, dnanexus.ResolveDataObjectsRequest{
					Objects: []dnanexus.ObjectName{{Name: "a"}, {Name: "b", Project: id}}, Folder: "/",
				})
				return len(answer.Results), err
			},
			route: "POST /system/resolveDataObjects", body: `{"objects":[{"name":"a"},{"name":"b","project":"project-1"}],"folder":"/"}`,
			answer: `{"results":[[],[]]}`, want: 2,
		},
		"the time": {
			call: func(ctx context.Context, c *dnanexus.Client) (any, error) {
				return c.ComeBackLater(ctx, dnanexus.ComeBackLaterRequest{WaitUntil: new(int64(5)), SetRetryAfter: new(false)})
			},
			route: "POST /system/comeBackLater", body: `{"waitUntil":5,"setRetryAfter":false}`,
			answer: `{"currentTime":6}`, want: dnanexus.ComeBackLaterResponse{CurrentTime: 6},
		},
		"headers": {
			call:  func(ctx context.Context, c *dnanexus.Client) (any, error) { return c.Headers(ctx) },
			route: "POST /system/headers", body: `{}`, answer: `{"user-agent":"x"}`, want: map[string]string{"user-agent": "x"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := newPlatform(t, answering(http.StatusOK, test.answer))
			got, err := test.call(t.Context(), server.client())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if len(server.requests) != 1 || server.requests[0].route != test.route || server.requests[0].body != test.body {
				t.Errorf("sent %q, want %s %s", server.requests, test.route, test.body)
			}
		})
	}
}

// A query that was read is written the same, and read again as the same.
func FuzzTagQuery(f *testing.F) {
	for _, seed := range []string{`"a"`, `""`, `{"$and": ["a", {"$or": []}]}`, `{}`, `{"$or": "a"}`, `[]`, `null`, `{"$and": [null]}`} {
		testfuzz.Add(f, []byte(seed))
	}
	f.Fuzz(staysTheSame[dnanexus.TagQuery])
}

func FuzzPropertyQuery(f *testing.F) {
	for _, seed := range []string{`{"k": "v", "l": true}`, `{"k": false}`, `{"$and": [{"k": ""}], "$or": []}`, `{"": true}`, `"k"`, `null`} {
		testfuzz.Add(f, []byte(seed))
	}
	f.Fuzz(staysTheSame[dnanexus.PropertyQuery])
}

func FuzzStringList(f *testing.F) {
	for _, seed := range []string{`"a"`, `["a"]`, `["a", "b"]`, `[]`, `null`, `[1]`} {
		testfuzz.Add(f, []byte(seed))
	}
	f.Fuzz(staysTheSame[dnanexus.StringList])
}

func staysTheSame[T any](t *testing.T, input []byte) {
	var first, second T
	if json.Unmarshal(input, &first) != nil {
		return
	}
	written, err := json.Marshal(first)
	if err != nil {
		t.Fatalf("%s is read as %+v, which can't be written: %v", input, first, err)
	}
	if err := json.Unmarshal(written, &second); err != nil {
		t.Fatalf("%s is written as %s, which can't be read: %v", input, written, err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("%s is written as %s (-first +second):\n%s", input, written, diff)
	}
}
