package dnanexus_test

// nothing is the result of a search for an absent class.
const nothing = `{"results": [], "next": null}`

// asDXLooking returns more commands of the Python client that do not change projects.
// Paths on the command line may be data objects, so dx looks for those first.
func asDXLooking() []replay {
	const byName = `{"visibility": "either", "name": {"glob": "raw"}, "scope": {"project": "` + exome +
		`", "folder": "/", "recurse": false}, "describe": true, "limit": 100}`
	return []replay{
		{"ls PATH", dx("ls"), []exchange{
			{"/system/findDataObjects", bearerFull, byName, nothing},
			{"/" + exome + "/listFolder", bearerFull, `{"folder": "/", "describe": false, "only": "folders", "includeHidden": false}`,
				`{"folders": ["/raw", "/results"]}`},
		}},
		{"ls -l", dx("ls"), []exchange{
			{"/" + exome + "/listFolder", bearerFull,
				`{"folder": "/", "describe": {"fields": {"id": true, "class": true, "name": true, "modified": true, "size": true, "state": true}},
				  "only": "all", "includeHidden": false}`, `{"folders": ["/raw", "/results"], "objects": []}`},
			{"/" + exome + "/describe", bearerFull, `{}`, `{"name": "Exome 2026"}`},
		}},
		{"find projects with every filter", dx("find"), []exchange{
			{"/system/findProjects", bearerFull,
				`{"name": {"glob": "Exome*"}, "level": "VIEW", "tags": {"$and": ["exome"]}, "properties": {"site": "Oxford"},
				  "created": {"after": 1772366400000, "before": 1772366400000}, "region": "aws:us-east-1", "containsPHI": false,
				  "externalUploadRestricted": false, "billTo": "user-alice", "public": false,
				  "describe": true, "explicitPermission": true, "limit": 100}`,
				`{"results": [{"id": "` + exome + `", "level": "ADMINISTER", "describe": {"name": "Exome 2026"}}], "next": null}`},
			{"/system/findProjects", bearerFull, `{"tags": {"$and": ["exome", "genome"]}, "describe": true, "explicitPermission": true, "limit": 100}`, nothing},
			{"/system/findProjects", bearerFull, `{"properties": {"site": true}, "describe": true, "explicitPermission": true, "limit": 100}`,
				`{"results": [{"id": "` + exome + `"}], "next": null}`},
		}},
		{"describe user-ID, which may be a name", dx("describe"), []exchange{
			{"/system/findDataObjects", bearerFull,
				`{"visibility": "either", "name": {"glob": "user-alice"}, "scope": {"project": "` + exome + `", "folder": "/", "recurse": false}, "describe": true, "limit": 100}`, nothing},
			{"/" + exome + "/listFolder", bearerFull, `{"folder": "/", "describe": false, "only": "folders", "includeHidden": false}`,
				`{"folders": ["/raw", "/results"]}`},
			{"/system/findApps", bearerFull, `{"name": "user-alice", "describe": true, "limit": 100}`, nothing},
			{"/system/findGlobalWorkflows", bearerFull, `{"name": "user-alice", "describe": true, "limit": 100}`, nothing},
			{"/user-alice/describe", bearerFull, `{"appsInstalled": true, "subscriptions": true}`, `{"class": "user", "id": "user-alice"}`},
		}},
		{"find jobs", dx("find"), []exchange{
			{"/system/findExecutions", bearerFull, `{"describe": true, "limit": 10, "project": "` + exome + `"}`, nothing},
		}},
		{"the resolution of names", dx("describe"), []exchange{
			{"/system/resolveDataObjects", bearerFull,
				`{"objects": [{"name": "a", "folder": "/"}, {"name": "b", "project": "` + rare + `"}], "project": "` + exome + `"}`, `{"results": [[], []]}`},
			{"/system/resolveDataObjects", bearerFull, `{"objects": []}`, `{"results": []}`},
		}},
		{"the client's tests of waiting", dx("test"), []exchange{
			{"/system/comeBackLater", bearerFull, `{}`, `{"currentTime": 1772366400000}`},
			{"/system/comeBackLater", bearerFull, `{"waitUntil": 1772366400000}`, `{"currentTime": 1772366400000}`},
		}},
		{"the client's tests of headers", dx("test"), []exchange{
			{"/system/headers", bearerFull, `{}`,
				`{"user-agent": "dxpy/0.413.0 (Linux-6.1.0-x86_64-with-glibc2.36) Python/3.11.2 dx-test", "dnanexus-api": "1.0.0",
				  "content-type": "application/json", "accept-encoding": "identity"}`},
		}},
	}
}

// asDXWithProjects returns more commands that change projects.
func asDXWithProjects() []replay {
	list := func(folder, want string) exchange {
		return exchange{"/" + exome + "/listFolder", bearerFull,
			`{"folder": "` + folder + `", "describe": false, "only": "folders", "includeHidden": false}`, want}
	}
	describes := func(want string) exchange {
		return exchange{"/" + exome + "/describe", bearerFull, `{"properties": true}`, want}
	}
	const ok = `{"id": "` + exome + `"}`
	return []replay{
		{"new project with everything", dx("new"), []exchange{
			{"/project/new", bearerFull,
				`{"name": "Trial", "summary": "s", "description": "d", "region": "azure:westus", "billTo": "org-piratelabs", "tags": ["a", "b"],
				  "properties": {"k": ""}, "protected": true, "restricted": true, "downloadRestricted": true, "externalUploadRestricted": true,
				  "databaseUIViewOnly": true, "databaseResultsRestricted": 10, "allowedExecutables": ["app-x"],
				  "monthlyComputeLimit": 5, "monthlyEgressBytesLimit": 6, "monthlyStorageLimit": 7, "defaultSymlink": {}}`, `{"id": "<project>"}`},
			{"/NEW/describe", bearerFull, `{"properties": true}`,
				`{"name": "Trial", "summary": "s", "description": "d", "region": "azure:westus", "billTo": "org-piratelabs", "tags": ["a", "b"],
				  "properties": {"k": ""}, "protected": true, "restricted": true, "downloadRestricted": true, "previewViewerRestricted": true,
				  "externalUploadRestricted": true, "databaseUIViewOnly": true, "databaseResultsRestricted": 10,
				  "allowedExecutables": ["app-x"], "containsPHI": false, "version": 0, "createdBy": {"user": "user-alice"}}`},
		}},
		{"update project", dx("update"), []exchange{
			{"/" + exome + "/update", bearerFull,
				`{"name": "Genome", "summary": "s", "description": "d", "protected": true, "restricted": true, "downloadRestricted": true,
				  "externalUploadRestricted": true, "databaseUIViewOnly": true, "databaseResultsRestricted": 3, "allowedExecutables": ["app-x"],
				  "billTo": "org-piratelabs"}`, ok},
			describes(`{"name": "Genome", "summary": "s", "description": "d", "protected": true, "restricted": true, "downloadRestricted": true,
				"previewViewerRestricted": true, "externalUploadRestricted": true, "databaseUIViewOnly": true, "databaseResultsRestricted": 3,
				"allowedExecutables": ["app-x"], "billTo": "org-piratelabs", "version": 1, "tags": ["exome"], "properties": {"site": "Oxford"}}`),
			{"/" + exome + "/update", bearerFull,
				`{"downloadRestricted": false, "previewViewerRestricted": false, "databaseResultsRestricted": null, "allowedExecutables": null}`, ok},
			describes(`{"name": "Genome", "downloadRestricted": false, "previewViewerRestricted": false, "protected": true,
				"databaseResultsRestricted": null, "allowedExecutables": null, "version": 2}`),
		}},
		{"tag, untag, set_properties, unset_properties", dx("tag"), []exchange{
			{"/" + exome + "/addTags", bearerFull, `{"tags": ["b", "exome", "a"]}`, ok},
			describes(`{"tags": ["exome", "b", "a"]}`),
			{"/" + exome + "/removeTags", bearerFull, `{"tags": ["exome", "never there"]}`, ok},
			{"/" + exome + "/setProperties", bearerFull, `{"properties": {"empty": "", "site": null, "never there": null}}`, ok},
			describes(`{"tags": ["b", "a"], "properties": {"empty": ""}}`),
		}},
		{"rmdir, rm -r", dx("rm"), []exchange{
			{"/" + exome + "/removeFolder", bearerFull, `{"folder": "/results"}`, `{"id": "` + exome + `"}`},
			{"/" + exome + "/removeFolder", bearerFull, `{"folder": "/raw", "recurse": true, "force": true, "partial": true}`, `{"completed": true}`},
			{"/" + exome + "/removeFolder", bearerFull, `{"folder": "/raw", "recurse": true, "force": true, "partial": true}`, `{"completed": true}`},
			list("/", `{"folders": []}`),
			{"/" + exome + "/removeFolder", bearerFull, `{"folder": "/", "recurse": true, "partial": true}`, `{"completed": true}`},
			{"/" + exome + "/removeObjects", bearerFull, `{"objects": []}`, ok},
			{"/" + exome + "/removeObjects", bearerFull, `{"objects": ["file-000000000000000000000000"], "force": true}`, ok},
		}},
		{"mv FOLDER NAME", dx("mv"), []exchange{
			{"/" + exome + "/renameFolder", bearerFull, `{"folder": "/raw", "newpath": "/reads"}`, ok},
			list("/", `{"folders": ["/reads", "/results"]}`),
			list("/reads", `{"folders": ["/reads/batch1"]}`),
		}},
	}
}
