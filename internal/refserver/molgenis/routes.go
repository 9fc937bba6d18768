package molgenis

// Routes is the table of everything that the classic generation answers here.
// The first that fits counts.
func (f *Face) Routes() []Route {
	return []Route{
		{"POST", "/api/v1/login", Anyone, f.login},
		{"GET", "/api/v1/logout", Anyone, f.logout}, // clients of before 5.2
		{"POST", "/api/v1/logout", Anyone, f.logout},
		{"GET", "/api/v2/version", Anyone, f.version},
		{"GET", "/app-ui-context", Maybe, f.context},

		{"GET", "/api/v1/csv/*", SignedIn, f.on(f.csv)},
		{"GET", "/api/v1/*/meta", SignedIn, f.on(f.metaV1)},
		{"GET", "/api/v1/*", SignedIn, f.on(f.listV1)},
		{"POST", "/api/v1/*", SignedIn, f.on(f.createV1)},
		{"GET", "/api/v1/*/*", SignedIn, f.on(f.oneV1)},
		{"PUT", "/api/v1/*/*", SignedIn, f.on(f.changeAll)},
		{"DELETE", "/api/v1/*/*", SignedIn, f.on(f.removeOne)},
		{"PUT", "/api/v1/*/*/*", SignedIn, f.on(f.changeOne)},
		{"GET", "/api/v2/*", SignedIn, f.on(f.listV2)},
		{"POST", "/api/v2/*", SignedIn, f.on(f.createV2)},
		{"DELETE", "/api/v2/*", SignedIn, f.on(f.removeMany)},
		{"GET", "/api/v2/*/*", SignedIn, f.on(f.oneV2)},
		{"DELETE", "/api/v2/*/*", SignedIn, f.on(f.removeOne)},
	}
}
