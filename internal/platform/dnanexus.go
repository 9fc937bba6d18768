package platform

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// DNAnexus adapts the client of the DNAnexus protocol.
type DNAnexus struct {
	client  *dnanexus.Client
	token   secret.Text
	version string
}

var (
	_ Platform = DNAnexus{}
	_ Projects = DNAnexus{}
	_ Caller   = DNAnexus{}
)

// NewDNAnexus makes the adapter. Version is this program's, for the greeting.
func NewDNAnexus(config dnanexus.Config, version string) DNAnexus {
	return DNAnexus{client: dnanexus.New(config), token: config.Token, version: version}
}

// SignIn implements SignIner.
func (d DNAnexus) SignIn(ctx context.Context, person Person) (Pass, error) {
	request := dnanexus.NewAuthTokenRequest{Username: person.Username, Password: person.Password.OnWire()}
	if !person.Code.IsZero() {
		code := person.Code.OnWire()
		request.OTP = &code
	}
	if !person.Expires.IsZero() {
		request.Expires = person.Expires.UnixMilli()
	}
	answer, err := d.client.NewAuthToken(ctx, request)
	if err != nil {
		return Pass{}, explain(err)
	}
	pass := passOf(answer)
	pass.User.Name = person.Username
	if pass.Expires.IsZero() {
		pass.Expires = person.Expires
	}
	if pass.User.ID == "" {
		pass.User.ID = dnanexus.UserID(person.Username)
	}
	return pass, nil
}

// passOf reads what a sign-in gives.
func passOf(answer dnanexus.NewAuthTokenResponse) Pass {
	return Pass{
		Token: answer.AccessToken.Text(), TokenType: answer.TokenType, User: User{ID: answer.UserID},
		Expires: timeOfMillis(answer.Expires), Idle: time.Duration(answer.IdleTimeout) * time.Millisecond,

		RecoveryCodesLeft: answer.RecoveryCodesLeft,
	}
}

// Verify implements SignIner.
func (d DNAnexus) Verify(ctx context.Context) (Holder, error) {
	info, err := d.client.UserInfo(ctx)
	if err != nil {
		return Holder{}, explain(err)
	}
	user := User{ID: dnanexus.UserID(info.Username), Name: info.Username}
	return Holder{User: user, Expires: timeOfMillis(info.Expires)}, nil
}

// Whoami implements SignIner, with the two calls of dx.
func (d DNAnexus) Whoami(ctx context.Context) (User, error) {
	me, err := d.client.WhoAmI(ctx, dnanexus.WhoAmIRequest{})
	if err != nil {
		return User{}, explain(err)
	}
	described, err := d.client.DescribeUser(ctx, me.ID)
	return User{ID: me.ID, Name: described.Handle}, explain(err)
}

// SignOut implements SignIner.
func (d DNAnexus) SignOut(ctx context.Context) error {
	return explain(d.client.DestroyAuthToken(ctx, dnanexus.Signature(d.token)))
}

// Announcements implements SignIner.
func (d DNAnexus) Announcements(ctx context.Context) ([]Announcement, error) {
	greeting, err := d.client.Greet(ctx, dnanexus.GreetRequest{Client: "dxauth", Version: d.version})
	if err != nil {
		return nil, explain(err)
	}
	list := make([]Announcement, 0, len(greeting.Messages))
	for _, message := range greeting.Messages {
		list = append(list, Announcement{Time: time.UnixMilli(message.Date).UTC(), Title: message.Title, Body: message.Body})
	}
	return list, nil
}

// ListProjects implements Projects.
func (d DNAnexus) ListProjects(ctx context.Context, query ProjectQuery, cursor json.RawMessage) ([]Project, json.RawMessage, error) {
	answer, err := d.client.FindProjects(ctx, findRequest(query, cursor))
	if err != nil {
		return nil, nil, explain(err)
	}
	page := make([]Project, 0, len(answer.Results))
	for _, found := range answer.Results {
		var description struct {
			Name        string `json:"name"`
			ContainsPHI bool   `json:"containsPHI"`
		}
		if len(found.Describe) > 0 {
			if err := json.Unmarshal(found.Describe, &description); err != nil {
				return nil, nil, errors.New("the server describes a project in a form that dxauth does not know")
			}
		}
		page = append(page, Project{ID: found.ID, Name: description.Name, Level: string(found.Level), PHI: description.ContainsPHI})
	}
	return page, cursorOf(answer.Next), nil
}

func findRequest(query ProjectQuery, cursor json.RawMessage) dnanexus.FindProjectsRequest {
	request := dnanexus.FindProjectsRequest{
		Level:    dnanexus.Level(query.MinLevel),
		Describe: &dnanexus.DescribeOption{Wanted: true, DescribeFields: describeFields("name", "containsPHI")},
		Limit:    &query.PageSize,
		Starting: cursor,
	}
	if query.Name != "" {
		request.Name = &dnanexus.NameQuery{Exact: query.Name}
	}
	if query.Glob != "" {
		request.Name = &dnanexus.NameQuery{Glob: query.Glob}
	}
	yes := true
	switch {
	case query.Public:
		request.Public = &yes
	case query.Name == "":
		request.ExplicitPermission = &yes
	}
	return request
}

func describeFields(names ...string) dnanexus.DescribeFields {
	fields := map[string]bool{}
	for _, name := range names {
		fields[name] = true
	}
	return dnanexus.DescribeFields{Fields: fields}
}

// Project implements Projects.
func (d DNAnexus) Project(ctx context.Context, id string) (Project, error) {
	fields := describeFields("id", "name", "level", "containsPHI")
	described, err := d.client.DescribeProject(ctx, id, dnanexus.DescribeProjectRequest{DescribeFields: fields})
	return Project{ID: id, Name: described.Name, Level: string(described.Level), PHI: described.ContainsPHI}, explain(err)
}

// CheckFolder implements Projects.
func (d DNAnexus) CheckFolder(ctx context.Context, projectID, folder string) error {
	_, err := d.client.ListFolder(ctx, projectID, dnanexus.ListFolderRequest{Folder: folder, Only: "folders"})
	return explain(err)
}

// Call implements Caller.
func (d DNAnexus) Call(ctx context.Context, resource, method string, body json.RawMessage) (json.RawMessage, error) {
	answer, err := d.client.Call(ctx, resource, method, body)
	return answer, explain(err)
}

// explain types a refusal by what can be done about it.
func explain(err error) error {
	var refusal *dnanexus.Error
	if !errors.As(err, &refusal) {
		return err
	}
	if refusal.Type == dnanexus.TypeInvalidAuthentication {
		return &SignedOutError{Reason: endReason(refusal), Err: err}
	}
	return &RefusedError{Type: refusal.Type, Message: refusal.Message, Kind: kindOf(refusal), Err: err, Date: refusal.Date}
}

func kindOf(refusal *dnanexus.Error) error {
	switch {
	case refusal.Type == dnanexus.TypeUsernameOrPassword:
		return ErrWrongPassword
	case refusal.Type == dnanexus.TypeOTPRequired:
		return ErrCodeRequired
	case refusal.Type == dnanexus.TypeOTPMismatch:
		return ErrWrongCode
	case refusal.Type == dnanexus.TypeReauthenticationRequired:
		return ErrReauthenticate
	case refusal.Type == dnanexus.TypeTooManyAttempts:
		return waitError(refusal)
	case refusal.Type == dnanexus.TypeEnrollmentRequired:
		return enrolmentRequired(refusal)
	case refusal.Type == dnanexus.TypeEntryCode:
		return ErrEntryCode
	case refusal.Status == http.StatusNotFound:
		return ErrNotFound
	default:
		return nil
	}
}

func endReason(refusal *dnanexus.Error) string {
	var details dnanexus.EndDetails
	if err := json.Unmarshal(refusal.Details, &details); err != nil {
		return ""
	}
	return details.Reason
}
