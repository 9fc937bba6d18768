package directory_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
)

// wantLimit fails unless err is the refusal of that limit.
func wantLimit(t reporter, err error, limit quota.Limit) {
	t.Helper()
	if !errors.Is(err, limit.Reached()) || err.Error() != limit.Reached().Error() {
		t.Errorf("got error %v, want %v", err, limit.Reached())
	}
}

// filling brings a number from one to another, as a fixture does, and adds to it as a
// user does.
type filling struct {
	fill func(w *world, project string, from, to int)
	add  func(w world, project string, i int) error
}

// directoryLimits has an entry for each limit of the directory. Each limit with a test of
// its own is named there.
func directoryLimits() map[quota.Limit]filling {
	return map[quota.Limit]filling{
		quota.Projects: {
			func(w *world, _ string, from, to int) {
				for i := max(from, 1); i < to; i++ { // one is there
					w.must(w.tx.InsertProject(w.ctx, directory.Project{ID: fmt.Sprint("project-", i), BillTo: alice, Created: morning, Modified: morning}))
				}
			},
			func(w world, _ string, _ int) error {
				_, err := w.service.CreateProject(w.ctx, w.tx, w.viewer(alice), directory.Project{Name: "One more"})
				return err
			},
		},
		quota.Folders: {
			func(w *world, project string, from, to int) { w.fillFolders(project, from, to) },
			func(w world, project string, i int) error {
				return w.service.CreateFolder(w.ctx, w.tx, w.viewer(alice), project, fmt.Sprint("/more-", i))
			},
		},
		quota.FoldersOfPayer: {
			func(w *world, _ string, from, to int) {
				w.tx = elsewhere{w.tx, to - from}
			},
			func(w world, project string, i int) error {
				return w.service.CreateFolders(w.ctx, w.tx, w.viewer(alice), project, fmt.Sprint("/of-payer-", i))
			},
		},
		quota.Tags: {
			func(w *world, project string, from, to int) {
				var tags []string
				for i := from; i < to; i++ {
					tags = append(tags, fmt.Sprint("t", i))
				}
				w.must(w.service.AddTags(w.ctx, w.tx, w.viewer(alice), project, tags))
			},
			func(w world, project string, i int) error {
				return w.service.AddTags(w.ctx, w.tx, w.viewer(alice), project, []string{fmt.Sprint("more-", i), "t0"})
			},
		},
		quota.Properties: {
			func(w *world, project string, from, to int) {
				properties := map[string]*string{}
				for i := from; i < to; i++ {
					properties[fmt.Sprint("k", i)] = new("")
				}
				w.must(w.service.SetProperties(w.ctx, w.tx, w.viewer(alice), project, properties))
			},
			func(w world, project string, i int) error {
				return w.service.SetProperties(w.ctx, w.tx, w.viewer(alice), project, map[string]*string{fmt.Sprint("more-", i): new("")})
			},
		},
		quota.LabelBytes: {
			func(w *world, project string, from, to int) {
				for n := to - from; n > 0; { // in properties of different length
					size := min(n, directory.MaxLabel)
					key := fmt.Sprint(n)
					value := strings.Repeat("x", max(0, size-len(key)))
					w.must(w.service.SetProperties(w.ctx, w.tx, w.viewer(alice), project, map[string]*string{key: &value}))
					n -= len(key) + len(value)
				}
			},
			func(w world, project string, i int) error {
				return w.service.AddTags(w.ctx, w.tx, w.viewer(alice), project, []string{string(rune('a' + i))})
			},
		},
		quota.Permissions: {
			func(w *world, project string, from, to int) {
				for i := max(from, 1); i < to; i++ { // alice has one
					w.must(w.tx.SetPermission(w.ctx, project, fmt.Sprint("user-", i), directory.View))
				}
			},
			func(w world, project string, i int) error {
				return w.service.Invite(w.ctx, w.tx, w.viewer(alice), project, []string{bob, carol, dave}[i], directory.View)
			},
		},
		quota.Orgs: {
			func(w *world, _ string, from, to int) {
				for i := from; i < to; i++ {
					org := directory.NewOrg(fmt.Sprint("of.alice.", i), "Org", morning)
					org.CreatedBy = alice
					w.must(w.tx.InsertOrg(w.ctx, org))
				}
			},
			func(w world, _ string, i int) error {
				return w.service.CreateOrg(w.ctx, w.tx, w.viewer(alice), directory.NewOrg(fmt.Sprint("more.", i), "Org", morning))
			},
		},
		quota.AcceptedOrgs: {
			func(w *world, _ string, from, to int) {
				if from > 0 {
					from += 3 // that many are not accepted
				}
				for i := from; i < to+3; i++ {
					org := directory.NewOrg(fmt.Sprint("org.", i), "Org", morning)
					w.must(w.tx.InsertOrg(w.ctx, org))
					member := directory.NewMembership(org.ID, bob, directory.Member)
					member.Accepted = i >= 3
					w.must(w.tx.SetMember(w.ctx, org.ID, member))
				}
			},
			func(w world, _ string, i int) error {
				w.must(w.service.Accept(w.ctx, w.tx, w.viewer(bob), "org-org.3")) // adds nothing
				return w.service.Accept(w.ctx, w.tx, w.viewer(bob), fmt.Sprint("org-org.", i))
			},
		},
		quota.Members: {
			func(w *world, _ string, from, to int) {
				for i := max(from, 2); i < to; i++ { // erin and dave are there
					id := fmt.Sprint("user-", i)
					w.must(w.tx.InsertUser(w.ctx, identity.User{ID: id, Created: morning}))
					w.must(w.tx.SetMember(w.ctx, lab, directory.NewMembership(lab, id, directory.Member)))
				}
			},
			func(w world, _ string, i int) error {
				invitee := directory.Account{UserID: []string{alice, bob, carol}[i]}
				return w.service.InviteMember(w.ctx, w.tx, w.viewer(erin), lab, invitee, directory.AccessChange{})
			},
		},
	}
}

// elsewhere is a store in which the payer has folders in other projects, too.
type elsewhere struct {
	transaction.Tx
	folders int
}

func (e elsewhere) FolderCounts(ctx context.Context, projectID string) (ofProject, ofPayer int, err error) {
	ofProject, ofPayer, err = e.Tx.FolderCounts(ctx, projectID)
	return ofProject, ofPayer + e.folders, err
}

// fillFolders adds folders without a check.
func (w world) fillFolders(project string, from, to int) {
	w.Helper()
	const depth = 50
	path := ""
	for i := from; i < to; i++ {
		if (i-from)%depth == 0 {
			path = fmt.Sprint("/", i)
		}
		path += "/" + fmt.Sprint(i)
		if (i-from)%depth == depth-1 || i == to-1 {
			_, err := w.tx.InsertFolders(w.ctx, project, path[strings.Index(path[1:], "/")+1:])
			w.must(err)
		}
	}
}

// The last place can be had, and none after it. A fixture may exceed a limit: nothing can
// be added then, and the rest works.
func TestLimits(t *testing.T) {
	s := populated(t)
	for limit, c := range directoryLimits() {
		t.Run(limit.Reached().Error(), func(t *testing.T) {
			inWorld(t, s, func(w world) {
				project := w.project(map[string]directory.Level{alice: directory.Administer})
				c.fill(&w, project, 0, limit.Max()-1)
				w.must(c.add(w, project, 0))
				wantLimit(w, c.add(w, project, 1), limit)
				switch limit {
				case quota.Tags, quota.Properties, quota.LabelBytes: // TestTooManyLabels
					return
				}

				c.fill(&w, project, limit.Max(), limit.Max()+2)
				wantLimit(w, c.add(w, project, 2), limit)
				w.must(w.service.AddTags(w.ctx, w.tx, w.viewer(alice), project, []string{"a"}))
				w.must(w.service.Invite(w.ctx, w.tx, w.viewer(alice), project, alice, directory.View))
				w.must(w.service.RemoveFolders(w.ctx, w.tx, w.viewer(alice), project, "/"))
			})
		})
	}
}

func TestTooManyLabels(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		project, err := w.service.Complete(directory.Project{Name: "Exome", CreatedBy: alice, BillTo: alice, Created: morning})
		w.must(err)
		project.Properties = map[string]string{}
		for i := range 2 * quota.Tags.Max() {
			project.Tags = append(project.Tags, fmt.Sprint(i))
			project.Properties[fmt.Sprint(i)] = ""
		}
		w.must(w.service.AddProject(w.ctx, w.tx, project, map[string]directory.Level{alice: directory.Administer}))
		by := w.viewer(alice)
		wantLimit(w, w.service.AddTags(w.ctx, w.tx, by, project.ID, []string{"more"}), quota.Tags)
		wantLimit(w, w.service.SetProperties(w.ctx, w.tx, by, project.ID, map[string]*string{"more": new("")}), quota.Properties)
		w.must(w.service.RemoveTags(w.ctx, w.tx, by, project.ID, []string{"0"}))
		w.must(w.service.SetProperties(w.ctx, w.tx, by, project.ID, map[string]*string{"0": nil, "1": new("one")}))

		_, err = w.service.CreateProject(w.ctx, w.tx, by, directory.Project{Name: "Copy", Tags: project.Tags})
		wantLimit(w, err, quota.Tags)
		wantLimit(w, w.service.AddTags(w.ctx, w.tx, by, project.ID, project.Tags), quota.Tags)
	})
}

// A path with many folders in it is one request, whether its parents exist or not.
func TestFoldersInEachOther(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		project, by := w.project(map[string]directory.Level{alice: directory.Administer}), w.viewer(alice)
		nested := func(n int) string { return strings.Repeat("/x", n) }
		wantLimit(w, w.service.CreateFolders(w.ctx, w.tx, by, project, nested(directory.MaxFolder/2)), quota.FolderDepth)
	})
	inWorld(t, populated(t), func(w world) {
		project, by := w.project(map[string]directory.Level{alice: directory.Administer}), w.viewer(alice)
		nested := func(n int) string { return strings.Repeat("/x", n) }
		deepest := quota.FolderDepth.Max()
		w.must(w.service.CreateFolders(w.ctx, w.tx, by, project, nested(deepest)))
		w.must(w.service.CreateFolders(w.ctx, w.tx, by, project, "/y"))
		wantLimit(w, w.service.RenameFolder(w.ctx, w.tx, by, project, "/x", "/y/x"), quota.FolderDepth)
		w.must(w.service.RenameFolder(w.ctx, w.tx, by, project, "/x/x", "/y/x"))
		wantLimit(w, w.service.CreateFolder(w.ctx, w.tx, by, project, "/y"+nested(deepest)), quota.FolderDepth)
	})
}

// A rename looks at what is in the folder only if a path gets longer, and not at more than
// the limit.
func TestRenamingManyFolders(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		project, by := w.project(map[string]directory.Level{alice: directory.Administer}), w.viewer(alice)
		for i := range quota.FoldersMoved.Max() + 1 {
			_, err := w.tx.InsertFolders(w.ctx, project, fmt.Sprint("/raw/", i))
			w.must(err)
		}
		wantLimit(w, w.service.RenameFolder(w.ctx, w.tx, by, project, "/raw", "/reads"), quota.FoldersMoved)
		w.must(w.service.RenameFolder(w.ctx, w.tx, by, project, "/raw", "/RAW"))
		w.must(w.service.RemoveFolder(w.ctx, w.tx, by, project, "/RAW/0"))
		w.must(w.service.RenameFolder(w.ctx, w.tx, by, project, "/RAW", "/reads"))
		if got := w.folders(project, "/reads"); len(got) != quota.FoldersMoved.Max() {
			w.Errorf("%d folders", len(got))
		}
	})
}

// A payer cannot be given more projects and folders than it may have.
func TestTransferToAFullPayer(t *testing.T) {
	full := map[quota.Limit]func(*world){
		quota.Projects: func(w *world) {
			for i := range quota.Projects.Max() {
				w.must(w.tx.InsertProject(w.ctx, directory.Project{ID: fmt.Sprint("project-", i), BillTo: ward, Created: morning, Modified: morning}))
			}
		},
		quota.FoldersOfPayer: func(w *world) { w.tx = elsewhere{w.tx, quota.FoldersOfPayer.Max()} },
	}
	s := populated(t)
	for limit, fill := range full {
		t.Run(limit.Reached().Error(), func(t *testing.T) {
			inWorld(t, s, func(w world) {
				project := w.project(map[string]directory.Level{carol: directory.Administer})
				w.must(w.service.CreateFolder(w.ctx, w.tx, w.viewer(carol), project, "/raw"))
				fill(&w)
				err := w.service.UpdateProject(w.ctx, w.tx, w.viewer(carol), project, directory.ProjectChange{BillTo: new(string(ward))})
				wantLimit(w, err, limit)
			})
		})
	}
}

func TestManyMembersAtOnce(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		changes := map[string]directory.AccessChange{}
		for i := range quota.MembersAtOnce.Max() + 1 {
			changes[fmt.Sprint("user-", i)] = directory.AccessChange{Level: directory.Admin}
		}
		wantLimit(w, w.service.SetMemberAccess(w.ctx, w.tx, w.viewer(erin), lab, changes), quota.MembersAtOnce)
		delete(changes, "user-0")
		wantError(w, w.service.SetMemberAccess(w.ctx, w.tx, w.viewer(erin), lab, changes), directory.ErrNoMember)
	})
}

// Each limit has the same reason, so that a client finds it.
func TestLimitsHaveOneReason(t *testing.T) {
	for _, limit := range quota.All() {
		if refusal.ReasonOf(limit.Reached()) != refusal.LimitReached {
			t.Errorf("%v", limit.Reached())
		}
	}
}
