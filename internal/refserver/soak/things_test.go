//go:build unix

package soak

import (
	"context"
	"fmt"
	"slices"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// token is a token that was made and may have ended.
type token struct {
	value     secret.Text
	signature string
	alive     fact[bool]
}

func tokenOf(answer dnanexus.NewAuthTokenResponse) *token {
	return &token{value: answer.AccessToken.Text(), signature: answer.TokenSignature, alive: factOf(true)}
}

func (t *token) isThere() bool { return t.alive == factOf(true) }

func (t *token) end(ctx context.Context, client *dnanexus.Client) error {
	err := client.DestroyAuthToken(ctx, t.signature)
	t.alive.change(false, err)
	return err
}

func (t *token) verify(ctx context.Context, client *dnanexus.Client) error {
	_, err := client.WithToken(t.value, "").WhoAmI(ctx, dnanexus.WhoAmIRequest{})
	if err != nil && !dnanexus.IsType(err, dnanexus.TypeInvalidAuthentication) {
		return err
	}
	if alive := err == nil; !t.alive.settle(alive) {
		return fmt.Errorf("token %s works: %v", t.signature[:12], alive)
	}
	return nil
}

// project is a project with a level for carol, and folders that were made together.
type project struct {
	id      string
	exists  fact[bool]
	level   fact[dnanexus.Level]
	folders []*folder
}

type folder struct {
	path   string
	exists fact[bool]
}

// isThere also says that its level is known, so that another one can be reckoned from it.
func (p *project) isThere() bool {
	return p.exists == factOf(true) && p.level.known == p.level.possible
}

// newFolders makes three folders in one call.
func (p *project) newFolders(ctx context.Context, client *dnanexus.Client) error {
	made := &folder{path: fmt.Sprintf("/run%d", len(p.folders))}
	p.folders = append(p.folders, made)
	err := client.NewFolder(ctx, p.id, dnanexus.NewFolderRequest{Folder: made.path + deepFolder, Parents: true})
	made.exists.change(true, err)
	return err
}

// deepFolder is the path that newFolders makes below a folder; oddities look for it.
const deepFolder = "/raw/reads"

// grant gives carol a level; a lower one than the current changes nothing.
func (p *project) grant(ctx context.Context, client *dnanexus.Client, level dnanexus.Level) error {
	request := dnanexus.InviteRequest{Invitee: carol, Level: level}
	_, err := client.Invite(ctx, p.id, request)
	p.level.change(higher(p.level.possible, level), err)
	return err
}

func higher(a, b dnanexus.Level) dnanexus.Level {
	levels := dnanexus.Levels()
	if slices.Index(levels, a) > slices.Index(levels, b) {
		return a
	}
	return b
}

// withdraw removes the level of carol.
func (p *project) withdraw(ctx context.Context, client *dnanexus.Client) error {
	err := client.DecreasePermissions(ctx, p.id, dnanexus.DecreasePermissionsRequest{carol: nil})
	p.level.change(dnanexus.LevelNone, err)
	return err
}

func (p *project) destroy(ctx context.Context, client *dnanexus.Client) error {
	err := client.DestroyProject(ctx, p.id)
	p.exists.change(false, err)
	return err
}

func (p *project) verify(ctx context.Context, client *dnanexus.Client) error {
	described, err := client.DescribeProject(ctx, p.id, dnanexus.DescribeProjectRequest{Permissions: true})
	if err != nil && !dnanexus.IsType(err, dnanexus.TypeResourceNotFound) {
		return err
	}
	exists := err == nil
	if !p.exists.settle(exists) {
		return fmt.Errorf("%s exists: %v", p.id, exists)
	}
	if !exists {
		return nil
	}
	level, granted := described.Permissions[carol]
	if !granted {
		level = dnanexus.LevelNone
	}
	if !p.level.settle(level) {
		return fmt.Errorf("%s: %s has %s", p.id, carol, level)
	}
	return p.verifyFolders(ctx, client)
}

func (p *project) verifyFolders(ctx context.Context, client *dnanexus.Client) error {
	listing, err := client.ListFolder(ctx, p.id, dnanexus.ListFolderRequest{})
	if err != nil {
		return err
	}
	for _, folder := range p.folders {
		if exists := slices.Contains(listing.Folders, folder.path); !folder.exists.settle(exists) {
			return fmt.Errorf("%s: folder %s exists: %v", p.id, folder.path, exists)
		}
	}
	return nil
}
