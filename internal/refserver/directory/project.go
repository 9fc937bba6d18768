package directory

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Project is a container for data with its own permissions.
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

// Size returns the bytes of the texts of a project.
func (p Project) Size() int {
	size := len(p.Name) + len(p.Summary) + len(p.Description) + p.labelBytes()
	for _, executable := range p.Controls.AllowedExecutables {
		size += len(executable)
	}
	return size
}

// labelBytes returns the bytes of the tags and properties.
func (p Project) labelBytes() int {
	size := 0
	for _, tag := range p.Tags {
		size += len(tag)
	}
	for key, value := range p.Properties {
		size += len(key) + len(value)
	}
	return size
}

// DefaultRegion is the region of a project whose draft names none.
const DefaultRegion = "aws:us-east-1"

// Regions lists the regions that a project can be in.
func Regions() []string { return []string{DefaultRegion, "azure:westus"} }

// MaxName is the greatest length of a project's name in bytes.
const MaxName = 255

// Service carries out the operations of viewers.
type Service struct {
	now    func() time.Time
	random io.Reader
}

// NewService returns a Service that draws IDs from random.
func NewService(now func() time.Time, random io.Reader) *Service {
	return &Service{now: now, random: random}
}

// CreateProject creates a project that the viewer administers. Fields that the
// draft leaves empty get a default: the payer is the viewer's default payer or the
// viewer, and the region is DefaultRegion.
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
	if err := checkPayer(ctx, tx, viewer, project.BillTo); err != nil {
		return Project{}, err
	}
	if err := checkLicence(ctx, tx, project); err != nil {
		return Project{}, err
	}
	if err := checkLabelLimits(Project{}, project); err != nil {
		return Project{}, err
	}
	if err := s.AddProject(ctx, tx, project, map[string]Level{viewer.UserID: Administer}); err != nil {
		return Project{}, err
	}
	return project, checkProjects(ctx, tx, project.BillTo)
}

// checkProjects returns the refusal of a limit if a payer has too many projects, now that
// one was added.
func checkProjects(ctx context.Context, tx Tx, payer string) error {
	projects, err := tx.CountProjects(ctx, payer)
	if err != nil {
		return err
	}
	return quota.Projects.Check(projects)
}

// AddProject stores a complete project with its permissions and its root
// folder, without a permission check.
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
	return tx.InsertRoot(ctx, project.ID)
}

// Complete checks a draft and fills in its region, ID and dates if they are empty.
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

// checkName refuses the names that an environment variable or a file name cannot
// have: programs get the name of the selected project in both.
func checkName(name string) error {
	switch {
	case name == "":
		return refusal.Inputf("name", "must be a nonempty string")
	case len(name) > MaxName:
		return refusal.Inputf("name", "is longer than %d bytes", MaxName)
	case strings.ContainsRune(name, 0):
		return refusal.Inputf("name", "must not have a NUL character")
	default:
		return nil
	}
}

// checkPayer returns an error unless the payer is the viewer or an org to which the
// viewer may bill: refusal.WrongInput, ErrNoOrg or refusal.Billing.
func checkPayer(ctx context.Context, tx Tx, viewer Viewer, billTo string) error {
	if !strings.HasPrefix(billTo, "org-") {
		if billTo != viewer.UserID {
			return refusal.Inputf("billTo", "must be yourself or an org in which you may bill")
		}
		return nil
	}
	if _, err := tx.OrgByID(ctx, billTo); err != nil {
		return err
	}
	own, err := viewer.membership(ctx, tx, billTo)
	if err == nil && !own.MayBill() {
		err = notBillable(billTo)
	}
	return err
}

// checkLicence returns an error if a project contains PHI and its payer is not an
// org that is licensed for it.
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

// notBillable is the refusal for a user who may not bill to an org.
func notBillable(billTo string) *refusal.Error {
	return refusal.New(refusal.Denied, "billable activities must be allowed to you in %s", billTo).Because(refusal.Billing)
}

// phiUnlicensed is the refusal for PHI that the payer has no licence for.
func phiUnlicensed(billTo string) *refusal.Error {
	return refusal.New(refusal.Denied, "PHI features must be enabled for %s", billTo).Because(refusal.PHIUnlicensed)
}

// ProjectView is a project as a viewer sees it.
type ProjectView struct {
	Project
	Level       Level
	Permissions map[string]Level
	Folders     []string // paths of all folders, where they are asked for
}

// Project returns a project on which the viewer has at least the level needs. It
// returns ErrNoProject, or refusal.ProjectAccess if the project exists, as the
// platform does.
func (s *Service) Project(ctx context.Context, tx Tx, viewer Viewer, id string, needs Level) (ProjectView, error) {
	project, err := tx.ProjectByID(ctx, id)
	if err != nil {
		return ProjectView{}, err
	}
	permissions, err := tx.Permissions(ctx, id)
	if err != nil {
		return ProjectView{}, err
	}
	memberships, err := tx.MembershipsOn(ctx, id, viewer.UserID)
	if err != nil {
		return ProjectView{}, err
	}
	level := LevelOn(viewer.Through(memberships), project, permissions)
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
	return tx.RemoveProject(ctx, id)
}

// idAlphabet is the alphabet of the platform's entity IDs. It has 32 characters,
// so the low five bits of a random byte choose one without bias.
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
