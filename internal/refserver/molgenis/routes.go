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
	}
}
