package dnanexus

import "encoding/json"

// FindDataObjectsRequest is the input of /system/findDataObjects, as far as the
// reference server looks at it: it has no data objects, and refuses a scope that
// the caller can't see.
type FindDataObjectsRequest struct {
	Scope *FindScope `json:"scope,omitempty"`
}

// FindScope says where to look.
type FindScope struct {
	Project string `json:"project,omitempty"`
	Folder  string `json:"folder,omitempty"`  // absent: "/"
	Recurse *bool  `json:"recurse,omitempty"` // absent: true
}

// FindResponse is one page of any /system/find… route. Next is always there,
// null at the end.
type FindResponse struct {
	Results []json.RawMessage `json:"results"`
	Next    json.RawMessage   `json:"next"`
}

// ResolveDataObjectsRequest is the input of /system/resolveDataObjects: names
// to look for, at most 1000. Project and folder hold for objects that name none.
type ResolveDataObjectsRequest struct {
	Objects []ObjectName `json:"objects"`
	Project string       `json:"project,omitempty"`
	Folder  string       `json:"folder,omitempty"`
}

// ObjectName is a data object by its name.
type ObjectName struct {
	Name    string `json:"name"`
	Project string `json:"project,omitempty"`
	Folder  string `json:"folder,omitempty"`
}

// ResolveDataObjectsResponse has one list for each object that was asked for,
// with what has that name. Response of /system/resolveDataObjects.
type ResolveDataObjectsResponse struct {
	Results [][]json.RawMessage `json:"results"`
}

// ComeBackLaterRequest is the input of /system/comeBackLater, by which clients
// test how they wait: until then the response is ServiceUnavailable (503).
type ComeBackLaterRequest struct {
	WaitUntil     *int64 `json:"waitUntil,omitempty"`     // ms since 1970; absent: no wait
	SetRetryAfter *bool  `json:"setRetryAfter,omitempty"` // false: the 503 has no Retry-After
}

// ComeBackLaterResponse is the response when there is nothing to wait for. Response
// of /system/comeBackLater.
type ComeBackLaterResponse struct {
	CurrentTime int64 `json:"currentTime"` // ms since 1970
}
