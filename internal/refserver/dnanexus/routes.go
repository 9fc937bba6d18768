package dnanexus

// Routes is the table of everything that this face answers.
func (f *Face) Routes() []Route {
	return append(f.absentRoutes(), []Route{
		// auth server
		{Resource: "system", Method: "newAuthToken", Access: Maybe, handle: takes(f.newAuthToken)},
		{Resource: "system", Method: "destroyAuthToken", Access: SignedIn, handle: takes(f.destroyAuthToken)},
		{Resource: "system", Method: "getUserInfo", Access: SignedIn, handle: takes(f.getUserInfo)},
		{Resource: "account", Method: "listAuthTokens", Access: FullScope, handle: takes(f.listAuthTokens)},
		{Resource: "account", Method: "findAccessTokens", Access: FullScope, handle: takes(f.findAccessTokens)},
		{Resource: "account", Method: "updateAuthToken", Access: FullScope, handle: takes(f.updateAuthToken)},
		{Resource: "account", Method: "listSessions", Access: FullScope, handle: takes(f.listSessions)},
		{Resource: "account", Method: "destroySessions", Access: FullScope, handle: takes(f.destroySessions)},

		// API server
		{Resource: "system", Method: "whoami", Access: SignedIn, handle: takes(f.whoAmI)},
		{Resource: "system", Method: "greet", Access: Anyone, handle: takes(f.greet), emptyBody: true},
		{Resource: "system", Method: "findProjects", Access: SignedIn, handle: takes(f.findProjects)},
		{Resource: "user-*", Method: "describe", Access: SignedIn, handle: takes(f.describeUser)},
		{Resource: "org-*", Method: "describe", Access: FullScope, handle: takes(f.describeOrg)},
		{Resource: "org-*", Method: "findMemberTokens", Access: FullScope, handle: takes(f.findMemberTokens)},
		{Resource: "org-*", Method: "revokeMemberToken", Access: FullScope, handle: takes(f.revokeMemberToken)},
		{Resource: "org-*", Method: "update", Access: FullScope, handle: takes(f.updateOrg)},
		{Resource: "org-*", Method: "invite", Access: FullScope, handle: takes(f.inviteToOrg)},
		{Resource: "org-*", Method: "setMemberAccess", Access: FullScope, handle: takes(f.setMemberAccess)},
		{Resource: "org-*", Method: "removeMember", Access: FullScope, handle: takes(f.removeMember)},
		{Resource: "org-*", Method: "findMembers", Access: FullScope, handle: takes(f.findMembers)},
		{Resource: "org", Method: "new", Access: FullScope, handle: takes(f.newOrg)},
		{Resource: "system", Method: "findOrgs", Access: FullScope, handle: takes(f.findOrgs)},
		{Resource: "project", Method: "new", Access: SignedIn, handle: takes(f.newProject)},
		{Resource: "project-*", Method: "describe", Access: SignedIn, handle: takes(f.describeProject)},
		{Resource: "project-*", Method: "destroy", Access: SignedIn, handle: takes(f.destroyProject)},
		{Resource: "project-*", Method: "listFolder", Access: SignedIn, handle: takes(f.listFolder)},
		{Resource: "project-*", Method: "newFolder", Access: SignedIn, handle: takes(f.newFolder)},
		{Resource: "project-*", Method: "invite", Access: SignedIn, handle: takes(f.invite)},
		{Resource: "project-*", Method: "decreasePermissions", Access: SignedIn, handle: takes(f.decreasePermissions)},
		{Resource: "project-*", Method: "update", Access: SignedIn, handle: takes(f.updateProject)},
		{Resource: "project-*", Method: "leave", Access: SignedIn, handle: takes(f.leaveProject)},
		{Resource: "project-*", Method: "addTags", Access: SignedIn, handle: takes(f.addTags)},
		{Resource: "project-*", Method: "removeTags", Access: SignedIn, handle: takes(f.removeTags)},
		{Resource: "project-*", Method: "setProperties", Access: SignedIn, handle: takes(f.setProperties)},
		{Resource: "project-*", Method: "removeFolder", Access: SignedIn, handle: takes(f.removeFolder)},
		{Resource: "project-*", Method: "renameFolder", Access: SignedIn, handle: takes(f.renameFolder)},
		{Resource: "project-*", Method: "removeObjects", Access: SignedIn, handle: takes(f.removeObjects)},
		{Resource: "system", Method: "findDataObjects", Access: SignedIn, handle: takes(f.findDataObjects)},
		{Resource: "system", Method: "resolveDataObjects", Access: SignedIn, handle: takes(f.resolveDataObjects)},
		{Resource: "system", Method: "findApps", Access: SignedIn, handle: takes(f.findNothing)},
		{Resource: "system", Method: "findGlobalWorkflows", Access: SignedIn, handle: takes(f.findNothing)},
		{Resource: "system", Method: "findExecutions", Access: SignedIn, handle: takes(f.findNothing)},
		{Resource: "system", Method: "comeBackLater", Access: SignedIn, handle: takes(f.comeBackLater)},
		{Resource: "system", Method: "headers", Access: SignedIn, handle: takes(f.headers)},
	}...)
}
