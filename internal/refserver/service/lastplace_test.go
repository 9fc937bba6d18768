package service_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
	"github.com/dxauth/dxauth/internal/refserver/service/trust"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	rules "github.com/dxauth/dxauth/internal/refserver/trust"
)

// labProject is a project of newLabServer that alice administers.
const labProject = "project-own"

// lastPlace leaves one place below a limit, for which several requests of alice race.
type lastPlace struct {
	fill func(ctx context.Context, tx transaction.Tx, now time.Time, n int) error
	take func(ctx context.Context, s *service.Service, alice service.Caller, i int) error
}

// lastPlaces has an entry for each limit on what is added one by one.
func lastPlaces() map[quota.Limit]lastPlace {
	return map[quota.Limit]lastPlace{
		quota.Tokens: {
			func(ctx context.Context, tx transaction.Tx, now time.Time, n int) error {
				return times(n, func(i int) error {
					return tx.InsertToken(ctx, access.Token{
						Signature: fmt.Sprintf("%064x", i), Kind: access.APIToken, UserID: "user-alice", Scope: access.FullScope(),
						Created: now, Expires: now.Add(day),
					})
				})
			},
			func(ctx context.Context, s *service.Service, alice service.Caller, i int) error {
				return second(s.MakeTokens(ctx, alice, service.TokenDraft{Order: access.Order{Label: fmt.Sprint(i)}}))
			},
		},
		quota.Orgs: {
			func(ctx context.Context, tx transaction.Tx, now time.Time, n int) error {
				return times(n, func(i int) error {
					org := directory.NewOrg(fmt.Sprint("made.", i), "Org", now)
					org.CreatedBy = "user-alice"
					return tx.InsertOrg(ctx, org)
				})
			},
			func(ctx context.Context, s *service.Service, alice service.Caller, i int) error {
				return second(s.NewOrg(ctx, alice, directory.NewOrg(fmt.Sprint("last.", i), "Org", time.Now()), "", ""))
			},
		},
		quota.AcceptedOrgs: {
			func(ctx context.Context, tx transaction.Tx, now time.Time, n int) error {
				return times(n-1+racers, func(i int) error { // the lab is one
					org := directory.NewOrg(fmt.Sprint("org.", i), "Org", now)
					member := directory.NewMembership(org.ID, "user-alice", directory.Member)
					member.Accepted = i >= racers
					return errors.Join(tx.InsertOrg(ctx, org), tx.SetMember(ctx, org.ID, member))
				})
			},
			func(ctx context.Context, s *service.Service, alice service.Caller, i int) error {
				return s.AcceptOrg(ctx, alice, fmt.Sprint("org-org.", i))
			},
		},
		quota.Members: {
			func(ctx context.Context, tx transaction.Tx, now time.Time, n int) error {
				return times(n-2+racers, func(i int) error { // alice and bob are there
					user := identity.User{ID: fmt.Sprint("user-", i), Handle: fmt.Sprint("u", i), Created: now}
					if err := tx.InsertUser(ctx, user); err != nil || i < racers {
						return err
					}
					return tx.SetMember(ctx, lab, directory.NewMembership(lab, user.ID, directory.Member))
				})
			},
			func(ctx context.Context, s *service.Service, alice service.Caller, i int) error {
				return s.InviteMember(ctx, alice, lab, fmt.Sprint("user-", i), directory.AccessChange{})
			},
		},
		quota.Accounts: {
			func(ctx context.Context, tx transaction.Tx, now time.Time, n int) error {
				return times(n, func(i int) error {
					id := fmt.Sprint("user-made.", i)
					return tx.InsertUser(ctx, identity.User{ID: id, Handle: id, Created: now, CreatedBy: "user-alice"})
				})
			},
			func(ctx context.Context, s *service.Service, alice service.Caller, i int) error {
				name := fmt.Sprint("last.", i)
				person := identity.Draft{Username: name, Email: name + "@example.org", First: "New"}
				return second(s.NewUser(ctx, alice, service.Draft{Account: person, ProvisioningOrg: lab}))
			},
		},
		quota.Projects: {
			func(ctx context.Context, tx transaction.Tx, now time.Time, n int) error {
				return times(n, func(i int) error {
					return tx.InsertProject(ctx, directory.Project{ID: fmt.Sprint("project-", i), BillTo: "user-alice", Created: now, Modified: now})
				})
			},
			func(ctx context.Context, s *service.Service, alice service.Caller, i int) error {
				return second(projects.Create(ctx, s, alice, directory.Project{Name: fmt.Sprint(i)}))
			},
		},
		quota.TrustRules: {
			func(ctx context.Context, tx transaction.Tx, now time.Time, n int) error {
				return times(n, func(i int) error {
					rule := labRule()
					rule.ID, rule.Maker, rule.UserID, rule.Created = fmt.Sprintf("%016x", i), "user-alice", "user-alice", now
					return tx.InsertTrustRule(ctx, rule)
				})
			},
			func(ctx context.Context, s *service.Service, alice service.Caller, i int) error {
				issuer := trust.Issuer{Issuer: rules.Issuer{Name: "ci", URL: labRule().Issuer}}
				trusts := trust.New(trust.Config{Service: s, Issuers: []trust.Issuer{issuer}, Random: rand.Reader})
				return second(trusts.Add(ctx, alice, service.Proof{}, labRule()))
			},
		},
		quota.Folders: {
			func(ctx context.Context, tx transaction.Tx, _ time.Time, n int) error {
				return times(n, func(i int) error { return second(tx.InsertFolders(ctx, labProject, fmt.Sprint("/", i))) })
			},
			func(ctx context.Context, s *service.Service, alice service.Caller, i int) error {
				return projects.CreateFolder(ctx, s, alice, labProject, fmt.Sprint("/last-", i))
			},
		},
		quota.Permissions: {
			func(ctx context.Context, tx transaction.Tx, now time.Time, n int) error {
				err := times(racers, func(i int) error {
					return tx.InsertUser(ctx, identity.User{ID: fmt.Sprint("user-last.", i), Handle: fmt.Sprint("last.", i), Created: now})
				})
				return errors.Join(err, times(n-2, func(i int) error { // alice and bob have one
					return tx.SetPermission(ctx, labProject, fmt.Sprint("user-", i), directory.View)
				}))
			},
			func(ctx context.Context, s *service.Service, alice service.Caller, i int) error {
				return projects.Invite(ctx, s, alice, labProject, fmt.Sprint("user-last.", i), directory.View)
			},
		},
		quota.Tags: {
			func(ctx context.Context, tx transaction.Tx, _ time.Time, n int) error {
				return changeProject(ctx, tx, func(project *directory.Project) {
					for i := range n {
						project.Tags = append(project.Tags, fmt.Sprint("t", i))
					}
				})
			},
			func(ctx context.Context, s *service.Service, alice service.Caller, i int) error {
				return projects.AddTags(ctx, s, alice, labProject, []string{fmt.Sprint("last-", i)})
			},
		},
		quota.Properties: {
			func(ctx context.Context, tx transaction.Tx, _ time.Time, n int) error {
				return changeProject(ctx, tx, func(project *directory.Project) {
					project.Properties = map[string]string{}
					for i := range n {
						project.Properties[fmt.Sprint("k", i)] = ""
					}
				})
			},
			func(ctx context.Context, s *service.Service, alice service.Caller, i int) error {
				return projects.SetProperties(ctx, s, alice, labProject, map[string]*string{fmt.Sprint("last-", i): new("")})
			},
		},
		quota.LabelBytes: {
			func(ctx context.Context, tx transaction.Tx, _ time.Time, n int) error {
				return changeProject(ctx, tx, func(project *directory.Project) {
					project.Properties = map[string]string{}
					for left := n; left > 0; {
						key := fmt.Sprint("k", left)
						size := min(left, directory.MaxLabel) - len(key)
						project.Properties[key] = strings.Repeat("x", size)
						left -= len(key) + size
					}
				})
			},
			func(ctx context.Context, s *service.Service, alice service.Caller, i int) error {
				return projects.AddTags(ctx, s, alice, labProject, []string{string(rune('a' + i))})
			},
		},
	}
}

// labRule is a trust rule that alice may add.
func labRule() rules.Rule {
	return rules.Rule{
		OrgID: lab, Issuer: "https://ci.example.org", Claims: map[string]string{"sub": "job"}, Lifetime: time.Hour,
		Projects: map[string]directory.Level{"project-lab": directory.View},
	}
}

// withoutRace are the limits of one request or one path, for which there is no last place, and the
// folders of a payer, which are counted with those of a project.
var withoutRace = []quota.Limit{quota.FolderDepth, quota.FoldersMoved, quota.MembersAtOnce, quota.FoldersOfPayer}

func times(n int, f func(i int) error) error {
	for i := range n {
		if err := f(i); err != nil {
			return err
		}
	}
	return nil
}

func changeProject(ctx context.Context, tx transaction.Tx, change func(*directory.Project)) error {
	project, err := tx.ProjectByID(ctx, labProject)
	if err != nil {
		return err
	}
	change(&project)
	return tx.UpdateProject(ctx, project)
}

// racers is how many processes race for a place.
const racers = 8

// S-09 for limits: of many that want the last place at once, one gets it, and the others are
// refused as beyond the limit.
func TestOneGetsTheLastPlace(t *testing.T) {
	places := lastPlaces()
	if len(places)+len(withoutRace) != len(quota.All()) {
		t.Errorf("%d limits are raced for, and %d have no last place, of %d", len(places), len(withoutRace), len(quota.All()))
	}
	for limit, place := range places {
		t.Run(limit.Reached().Error(), func(t *testing.T) {
			h := newLabServer(t)
			h.check(h.Write(t.Context(), func(tx transaction.Tx) error {
				licences := directory.Licences{UserCreation: new(true)}
				return errors.Join(h.directory.License(t.Context(), tx, lab, licences), place.fill(t.Context(), tx, h.clock.Now(), limit.Max()-1))
			}))
			alice := h.callerOf(h.signIn("alice", access.Order{}))
			errs := make([]error, racers)
			var all sync.WaitGroup
			for i, s := range h.processes(racers) {
				all.Go(func() { errs[i] = place.take(t.Context(), s, alice, i) })
			}
			all.Wait()
			taken := 0
			for _, err := range errs {
				switch {
				case err == nil:
					taken++
				case !errors.Is(err, limit.Reached()) || err.Error() != limit.Reached().Error():
					t.Error(err)
				}
			}
			if taken != 1 {
				t.Errorf("%d got the last place", taken)
			}
		})
	}
}
