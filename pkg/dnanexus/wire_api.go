package dnanexus

import (
	"encoding/json"
	"encoding/json/jsontext"
	jsonv2 "encoding/json/v2"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

// Routes of the API server without an entity in them.
const (
	RouteWhoAmI       = "/system/whoami"
	RouteGreet        = "/system/greet"
	RouteFindProjects = "/system/findProjects"
	RouteNewProject   = "/project/new"
)

// WhoAmIRequest may ask for clientIp by name. Input of /system/whoami.
type WhoAmIRequest struct {
	Fields FieldSet `json:"fields,omitempty"`
}

// FieldSet chooses the fields of a response.
type FieldSet map[string]bool

// WhoAmI names the signed-in user. Response of /system/whoami.
type WhoAmI struct {
	ID       string `json:"id"`
	ClientIP string `json:"clientIp,omitempty"`
}

// GreetRequest names the client that is calling. dxfuse sends an
// empty body instead, which counts as an empty object. Input of /system/greet.
type GreetRequest struct {
	Client  string `json:"client,omitempty"`
	Version string `json:"version,omitempty"`
}

// Greeting carries what the platform wants its users to read. Response of
// /system/greet.
type Greeting struct {
	Messages []GreetingMessage `json:"messages" answer:"optional"`
}

// GreetingMessage is one announcement.
type GreetingMessage struct {
	Date  int64  `json:"date"` // ms since 1970
	Title string `json:"title"`
	Body  string `json:"body"`
}

// NameQuery matches names: exactly (case matters), by a glob with * and ?, or
// by a regular expression. Exactly one of the three is set.
type NameQuery struct {
	Exact  string
	Glob   string
	Regexp string
	Flags  string // "i", for the regular expression only
}

type namePattern struct {
	Glob   *string `json:"glob,omitempty"`
	Regexp *string `json:"regexp,omitempty"`
	Flags  string  `json:"flags,omitempty"`
}

// MarshalJSON writes a string or an object with glob or regexp.
func (q NameQuery) MarshalJSON() ([]byte, error) {
	switch {
	case q.Glob != "":
		return httpcall.Encode(namePattern{Glob: &q.Glob})
	case q.Regexp != "":
		return httpcall.Encode(namePattern{Regexp: &q.Regexp, Flags: q.Flags})
	default:
		return httpcall.Encode(q.Exact)
	}
}

// UnmarshalJSONFrom reads a string or an object with glob or regexp.
func (q *NameQuery) UnmarshalJSONFrom(decoder *jsontext.Decoder) error {
	switch decoder.PeekKind() {
	case jsontext.KindString, jsontext.KindNull:
		return jsonv2.UnmarshalDecode(decoder, &q.Exact)
	}
	var pattern namePattern
	if err := jsonv2.UnmarshalDecode(decoder, &pattern); err != nil {
		return err
	}
	if pattern.Glob != nil {
		q.Glob = *pattern.Glob
	}
	if pattern.Regexp != nil {
		q.Regexp, q.Flags = *pattern.Regexp, pattern.Flags
	}
	return nil
}

// FindProjectsRequest searches the projects that the caller can reach; every
// key that is there narrows the response. To get the next page, every field is
// repeated with starting set to the last response's next; dx doubles the limit
// each time. Input of /system/findProjects.
type FindProjectsRequest struct {
	ID                       StringList      `json:"id,omitempty"` // one of these, at most 1000
	Name                     *NameQuery      `json:"name,omitempty"`
	Level                    Level           `json:"level,omitempty"`              // a minimum; absent: CONTRIBUTE
	Describe                 *DescribeOption `json:"describe,omitempty"`           // absent: no descriptions
	ExplicitPermission       *bool           `json:"explicitPermission,omitempty"` // true: granted to the user or an org of the user
	Public                   *bool           `json:"public,omitempty"`
	Tags                     *TagQuery       `json:"tags,omitempty"`
	Properties               *PropertyQuery  `json:"properties,omitempty"`
	Created                  *TimeRange      `json:"created,omitempty"`
	Modified                 *TimeRange      `json:"modified,omitempty"`
	Region                   StringList      `json:"region,omitempty"` // one of these
	ContainsPHI              *bool           `json:"containsPHI,omitempty"`
	ExternalUploadRestricted *bool           `json:"externalUploadRestricted,omitempty"`
	BillTo                   string          `json:"billTo,omitempty"`    // user or org ID
	CreatedBy                string          `json:"createdBy,omitempty"` // user ID
	Limit                    *int            `json:"limit,omitempty"`     // 1 to 1000, the default
	Starting                 json.RawMessage `json:"starting,omitempty"`  // opaque
}

// FindProjectsResponse is one page. Next is always there, null at the end.
// Response of /system/findProjects.
type FindProjectsResponse struct {
	Results []FoundProject  `json:"results"`
	Next    json.RawMessage `json:"next"`
}

// FoundProject is one row of a search.
type FoundProject struct {
	ID                string          `json:"id"`
	Level             Level           `json:"level"`
	PermissionSources []string        `json:"permissionSources"`
	Public            bool            `json:"public"`
	Describe          json.RawMessage `json:"describe,omitempty"` // a ProjectDescription, or the asked fields of it
}

// FindOrgProjectsResponse is one page. Next is always there, null at the end.
// Response of /org-xxxx/findProjects.
type FindOrgProjectsResponse struct {
	Results []FoundOrgProject `json:"results"`
	Next    json.RawMessage   `json:"next"`
}

// FoundOrgProject is a project that an org pays for.
type FoundOrgProject struct {
	ID       string          `json:"id"`
	Level    Level           `json:"level"` // of the caller; may be NONE
	Public   bool            `json:"public"`
	Describe json.RawMessage `json:"describe,omitempty"` // a ProjectDescription, or the asked fields of it
}

// UserDescription is the description of a user. For another user, and for a token
// without full scope, it has the first six fields only. Response of
// /user-xxxx/describe.
type UserDescription struct {
	ID      string `json:"id"`
	Class   string `json:"class"`
	First   string `json:"first"`
	Middle  string `json:"middle"`
	Last    string `json:"last"`
	Handle  string `json:"handle"`
	Email   string `json:"email,omitempty"`
	Created int64  `json:"created,omitempty"` // ms since 1970
	BillTo  string `json:"billTo,omitempty"`

	SSHPublicKey string `json:"sshPublicKey,omitempty"`
}

// NewProjectRequest is the input of /project/new, which makes a project; the
// caller becomes its administrator. The platform's limits of cost and storage
// are accepted and mean nothing here.
type NewProjectRequest struct {
	Name                      string            `json:"name"` // 1 to 255 bytes, no NUL
	Summary                   string            `json:"summary,omitempty"`
	Description               string            `json:"description,omitempty"`
	Region                    string            `json:"region,omitempty"`      // absent: aws:us-east-1
	BillTo                    string            `json:"billTo,omitempty"`      // absent: the caller
	ContainsPHI               bool              `json:"containsPHI,omitempty"` // needs an org as billTo that is licensed for it
	Tags                      []string          `json:"tags,omitempty"`
	Properties                map[string]string `json:"properties,omitempty"`
	Protected                 bool              `json:"protected,omitempty"`               // only ADMINISTER deletes data
	Restricted                bool              `json:"restricted,omitempty"`              // data stays inside
	DownloadRestricted        bool              `json:"downloadRestricted,omitempty"`      // data is not downloaded
	PreviewViewerRestricted   *bool             `json:"previewViewerRestricted,omitempty"` // absent: as downloadRestricted
	ExternalUploadRestricted  bool              `json:"externalUploadRestricted,omitempty"`
	DatabaseUIViewOnly        bool              `json:"databaseUIViewOnly,omitempty"`
	DatabaseResultsRestricted *int64            `json:"databaseResultsRestricted,omitempty"` // at least 1; absent: not restricted
	AllowedExecutables        []string          `json:"allowedExecutables,omitempty"`        // IDs; absent: all
}

// IDResponse is the response of calls that make, change or remove one entity.
type IDResponse struct {
	ID string `json:"id"`
}

// DescribeProjectRequest chooses the fields; properties, permissions,
// folders and appCaches are left out unless asked for by name. Input of
// /project-xxxx/describe.
type DescribeProjectRequest struct {
	DescribeFields
	Folders     bool `json:"folders,omitempty"` // asked for by dx tree
	Properties  bool `json:"properties,omitempty"`
	Permissions bool `json:"permissions,omitempty"`
	AppCaches   bool `json:"appCaches,omitempty"` // asked for by dx describe --verbose
}

// ProjectDescription is the description of a project. The numbers of
// storage and egress are always there: the text form of dx needs them. Response
// of /project-xxxx/describe.
type ProjectDescription struct {
	ID                        string            `json:"id"`
	Class                     string            `json:"class"`
	Name                      string            `json:"name"`
	Level                     Level             `json:"level"`
	Summary                   string            `json:"summary"`
	Description               string            `json:"description"`
	Protected                 bool              `json:"protected"`
	Restricted                bool              `json:"restricted"`
	DownloadRestricted        bool              `json:"downloadRestricted"`
	PreviewViewerRestricted   bool              `json:"previewViewerRestricted"`
	ExternalUploadRestricted  bool              `json:"externalUploadRestricted"`
	ContainsPHI               bool              `json:"containsPHI"`
	DatabaseUIViewOnly        bool              `json:"databaseUIViewOnly"`
	DatabaseResultsRestricted *int64            `json:"databaseResultsRestricted"` // rows that a result has at least; null: not restricted
	AllowedExecutables        []string          `json:"allowedExecutables"`
	Tags                      []string          `json:"tags"`
	Region                    string            `json:"region"`
	BillTo                    string            `json:"billTo"`
	CreatedBy                 ProjectCreator    `json:"createdBy"`
	Created                   int64             `json:"created"`                      // ms since 1970
	Modified                  int64             `json:"modified"`                     // ms since 1970
	Version                   int64             `json:"version"`                      // counts the updates
	DataUsage                 float64           `json:"dataUsage"`                    // GB
	SponsoredDataUsage        float64           `json:"sponsoredDataUsage"`           // GB
	StorageCost               float64           `json:"storageCost"`                  // USD a month
	TotalSponsoredEgressBytes int64             `json:"totalSponsoredEgressBytes"`    // bytes
	ConsumedSponsoredEgress   int64             `json:"consumedSponsoredEgressBytes"` // bytes
	AtSpendingLimit           bool              `json:"atSpendingLimit"`
	Properties                map[string]string `json:"properties,omitempty"`
	Permissions               map[string]Level  `json:"permissions,omitempty"` // of users, orgs and PUBLIC
	AppCaches                 map[string]string `json:"appCaches,omitempty"`
	Folders                   []string          `json:"folders,omitempty"` // paths of all folders, "/" included
}

// ProjectCreator names who made a project.
type ProjectCreator struct {
	User string `json:"user"`
}

// ListFolderRequest lists one folder; only is "folders", "objects" or "all".
// Input of /project-xxxx/listFolder.
type ListFolderRequest struct {
	Folder        string          `json:"folder,omitempty"` // absent: "/"
	Only          string          `json:"only,omitempty"`   // absent: "all"
	Describe      *DescribeOption `json:"describe,omitempty"`
	IncludeHidden bool            `json:"includeHidden,omitempty"`
}

// FolderListing holds full folder paths and data objects, both always there.
// Response of /project-xxxx/listFolder.
type FolderListing struct {
	Folders []string          `json:"folders"`
	Objects []json.RawMessage `json:"objects"`
}

// NewFolderRequest makes a folder; with parents, missing ones too, and it is no
// error that it exists. Input of /project-xxxx/newFolder.
type NewFolderRequest struct {
	Folder  string `json:"folder"`
	Parents bool   `json:"parents,omitempty"`
}

// InviteRequest grants a level to a user, an org, an e-mail address or PUBLIC.
// Input of /project-xxxx/invite.
type InviteRequest struct {
	Invitee                   string `json:"invitee"`
	Level                     Level  `json:"level"`
	SuppressEmailNotification bool   `json:"suppressEmailNotification,omitempty"`
}

// InviteResponse is the state of the invitation, which dx prints.
type InviteResponse struct {
	ID    string `json:"id"`
	State string `json:"state"` // "accepted"
}

// DecreasePermissionsRequest maps a user, an org or PUBLIC to the level that it
// keeps; null takes everything away. Input of
// /project-xxxx/decreasePermissions.
type DecreasePermissionsRequest map[string]*Level
