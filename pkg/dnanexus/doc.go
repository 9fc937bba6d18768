// Package dnanexus speaks the protocol of DNAnexus-like platforms: the wire
// types, the typed errors, and a [Client] for the two servers that make up a
// platform, the auth server (sign-in and tokens) and the API server
// (everything else).
//
// It promises that a type here is the one description of its message: the
// client sends and reads it, and the reference server reads and sends it. A
// secret in a message is a secret.Wire, so a message may be printed or logged
// without showing it.
//
// The package knows nothing of terminals, keyrings or settings, and keeps no
// state between calls but the connection pool of its http.Client. A call never
// follows a redirect, because a token belongs to the host that it was made
// for, and a sign-in is sent once.
//
// # Protocol
//
// Every call is a POST of one JSON object to /RESOURCE/METHOD, where the
// resource is a class ("system", "project") or the ID of an entity, and every
// response is JSON. Unknown keys are ignored in both directions. In the comments,
// /project-xxxx/describe is the method describe of any project, "Input of" is
// the body of a request to a route, "Response of" that of a good response. Beside
// the routes of the constants, which have no entity in them, there are
//
//	/user-xxxx/     describe, update, updateEmail, lockUserAccount,
//	                unlockUserAccount, resetUserMFA
//	/org-xxxx/      describe, update, invite, removeMember, setMemberAccess,
//	                findMembers, findProjects, findMemberTokens,
//	                revokeMemberToken, addTrustRule, listTrustRules,
//	                testTrustRule, removeTrustRule
//	/project-xxxx/  describe, update, destroy, leave, invite,
//	                decreasePermissions, addTags, removeTags, setProperties,
//	                listFolder, newFolder, removeFolder, renameFolder,
//	                removeObjects
//
// Times are milliseconds since 1970 in UTC and spans milliseconds, unless a
// comment says otherwise. IDs are the class, a dash and [IDLength] characters of
// [IDAlphabet]; those of users and orgs end in the handle in lower case. A list
// that comes in pages has "next", which goes back as "starting" with all else
// repeated.
//
// # Errors
//
// A refusal is an [*Error] with one of the types of this package. Any call can be
// refused with
//
//	InvalidAuthentication (401)  no token, or one that has ended; see EndDetails
//	PermissionDenied (401)       the level or the token's scope does not reach
//	ResourceNotFound (404)       no such entity or route
//	InvalidInput (422)           a key that is missing, or not as it has to be
//	MalformedJSON (400)          the body is not JSON, or its content type is another
//	InternalError (500)          the platform failed
//	ServiceUnavailable (503)     try again later, as Retry-After says
//	UnknownOutcome (409)         look whether the change was made before it is repeated
//
// Further refusals are named at the method or the message. [StatusOf] returns the
// status that goes with a type.
//
// # Sources
//
// Messages are as the Python client dx 0.413.0 sends and reads them, unless a
// comment names another source: dxda 0.6.3 and dxfuse 1.6.1, precisionFDA, or
// the public fork jtratner/dx-toolkit. Routes of dxauth's own are named as such;
// they are in the files extension_*.go, and other platforms refuse them with
// [TypeResourceNotFound]. A single field of dxauth's own is called an extension.
package dnanexus
