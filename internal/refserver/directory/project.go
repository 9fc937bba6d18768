package directory

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Project is a place for data with its own permissions.
type Project struct {
	ID          string // "project-" and 24 characters
	Name        string
	Summary     string
	Description string
	CreatedBy   string // user ID
	BillTo      string // user or org ID
	Region      string
	ContainsPHI bool
	Tags        []string
	Properties  map[string]string
	Controls    Controls
	Version     int64 // counts the updates
	Created     time.Time
	Modified    time.Time
}

// DefaultRegion is where a project lies that names no region.
const DefaultRegion = "aws:us-east-1"

// Regions lists where a project can lie.
func Regions() []string { return []string{DefaultRegion, "azure:westus"} }

// MaxName is the greatest length of a project's name in bytes.
const MaxName = 512

// Service carries out what a viewer asks for.
type Service struct {
	now    func() time.Time
	random io.Reader
}

// NewService makes a desk that draws IDs from random.
func NewService(now func() time.Time, random io.Reader) *Service {
	return &Service{now: now, random: random}
}

// CreateProject makes a project of which the viewer is the administrator. What
// the draft leaves open gets the default: the viewer or the viewer's own choice
// pays, and the region is DefaultRegion.
func (s *Service) CreateProject(ctx context.Context, tx Tx, viewer Viewer, draft Project) (Project, error) {
	draft.CreatedBy = viewer.UserID
	if draft.BillTo == "" {
		draft.BillTo = cmp.Or(viewer.BillTo, viewer.UserID)
	}
	project, err := s.Complete(draft)
	if err != nil {
		return Project{}, err
	}
	if viewer.ceiling(project) < Administer {
		return Project{}, denied(Administer)
	}
	if err := CheckPayer(ctx, tx, viewer.UserID, project.BillTo); err != nil {
		return Project{}, err
	}
	if err := checkLicence(ctx, tx, project); err != nil {
		return Project{}, err
	}
	return project, s.AddProject(ctx, tx, project, map[string]Level{viewer.UserID: Administer})
}

// AddProject stores a complete project with its permissions and its root
// folder, asking nobody.
func (s *Service) AddProject(ctx context.Context, tx Tx, project Project, permissions map[string]Level) error {
	if err := tx.InsertProject(ctx, project); err != nil {
		return err
	}
	for grantee, level := range permissions {
		if err := CheckGrant(grantee, level); err != nil {
			return err
		}
		if err := tx.SetPermission(ctx, project.ID, grantee, level); err != nil {
			return err
		}
	}
	return tx.InsertFolder(ctx, project.ID, Root)
}

// Complete checks a draft and gives it the region, the ID and the dates that it
// lacks.
func (s *Service) Complete(project Project) (Project, error) {
	if err := checkName(project.Name); err != nil {
		return Project{}, err
	}
	if project.Region == "" {
		project.Region = DefaultRegion
	}
	if !slices.Contains(Regions(), project.Region) {
		return Project{}, refusal.Inputf("region", "%q is not one of %s", project.Region, strings.Join(Regions(), ", "))
	}
	if err := checkLabels(project); err != nil {
		return Project{}, err
	}
	if err := project.Controls.check(); err != nil {
		return Project{}, err
	}
	return s.stamp(project)
}

func (s *Service) stamp(project Project) (Project, error) {
	if project.ID == "" {
		id, err := newID(s.random)
		if err != nil {
			return Project{}, err
		}
		project.ID = "project-" + id
	}
	if project.Created.IsZero() {
		project.Created = s.now()
	}
	project.Modified = project.Created
	return project, nil
}

func checkName(name string) error {
	switch {
	case name == "":
		return refusal.Inputf("name", "must be a nonempty string")
	case len(name) > MaxName:
		return refusal.Inputf("name", "is longer than %d bytes", MaxName)
	default:
		return nil
	}
}

// CheckPayer looks at who is to pay for a user: the user, or an org in which the
// user may bill. Nobody else can be made to pay. It answers refusal.WrongInput,
// ErrNoOrg and refusal.Billing.
func CheckPayer(ctx context.Context, tx Tx, userID, billTo string) error {
	if !strings.HasPrefix(billTo, "org-") {
		if billTo != userID {
			return refusal.Inputf("billTo", "must be yourself or an org in which you may bill")
		}
		return nil
	}
	if _, err := tx.OrgByID(ctx, billTo); err != nil {
		return err
	}
	own, err := membershipOf(ctx, tx, billTo, userID)
	if err == nil && !own.MayBill() {
		err = notBillable(billTo)
	}
	return err
}

// checkLicence lets PHI into a project only where an org pays that is licensed
// for it.
func checkLicence(ctx context.Context, tx Tx, project Project) error {
	if !project.ContainsPHI {
		return nil
	}
	if !strings.HasPrefix(project.BillTo, "org-") {
		return phiUnlicensed(project.BillTo)
	}
	org, err := tx.OrgByID(ctx, project.BillTo)
	if err == nil && !org.PHIEnabled {
		return phiUnlicensed(org.ID)
	}
	return err
}

// notBillable refuses to let an org pay for somebody who may not bill to it.
func notBillable(billTo string) *refusal.Error {
	return refusal.New(refusal.Denied, "billable activities must be allowed to you in %s", billTo).Because(refusal.Billing)
}

// phiUnlicensed refuses PHI where the paying org has no licence for it.
func phiUnlicensed(billTo string) *refusal.Error {
	return refusal.New(refusal.Denied, "PHI features must be enabled for %s", billTo).Because(refusal.PHIUnlicensed)
}

// ProjectView is a project as a viewer sees it.
type ProjectView struct {
	Project
	Level       Level
	Permissions map[string]Level
}

// Project looks up a project of which the viewer has at least the level needs.
// It answers ErrNoProject before refusal.ProjectAccess, as the platform does.
func (s *Service) Project(ctx context.Context, tx Tx, viewer Viewer, id string, needs Level) (ProjectView, error) {
	project, err := tx.ProjectByID(ctx, id)
	if err != nil {
		return ProjectView{}, err
	}
	permissions, err := tx.Permissions(ctx, id)
	if err != nil {
		return ProjectView{}, err
	}
	level := LevelOn(viewer, project, permissions)
	if level < needs {
		return ProjectView{}, denied(needs)
	}
	return ProjectView{Project: project, Level: level, Permissions: permissions}, nil
}

// DestroyProject removes a project and everything in it.
func (s *Service) DestroyProject(ctx context.Context, tx Tx, viewer Viewer, id string) error {
	if _, err := s.Project(ctx, tx, viewer, id, Administer); err != nil {
		return err
	}
	return tx.DeleteProject(ctx, id)
}

// idAlphabet is that of the platform's entity IDs; its 32 characters make a
// byte's low five bits a fair draw.
const idAlphabet = "0123456789BFGJKPQVXYZbfgjkpqvxyz"

func newID(random io.Reader) (string, error) {
	id := make([]byte, 24)
	if _, err := io.ReadFull(random, id); err != nil {
		return "", fmt.Errorf("draw an ID: %w", err)
	}
	for i, b := range id {
		id[i] = idAlphabet[int(b)%len(idAlphabet)]
	}
	return string(id), nil
}
