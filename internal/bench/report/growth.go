package main

// growth is the part about stores with very many rows.
func growth() part {
	p := part{
		name:  "growth",
		title: "Growth",
		about: "What requests take in stores of growing size, without a connection: in milliseconds in the smallest, and in times of that in the others, which are asked in turns. " +
			"The size is the number of tokens and of rows of the audit log; there are as many users and projects, up to 100,000. All of these tokens and projects are of one user, who has far more than the quota; " +
			"another one has 100 tokens. No request may take more than twice as long for ten times the rows. Where there is no aim, the protocol wants all rows of the user counted or listed, or all are compared, " +
			"until the budget of a request ends: such a user is an administrator, or has more than the quota.",
		versions: []modules{{".", []string{"modernc.org/sqlite", "github.com/jackc/pgx/v5"}}},
	}
	for _, engine := range []struct{ env, name, title string }{{"", "sqlite", "SQLite"}, {"DXAUTH_TEST_STORE=postgres", "postgres", "PostgreSQL"}} {
		p.sections = append(p.sections, grown(engine.env, engine.name, engine.title))
	}
	p.sections = append(p.sections, storage())
	return p
}

// storage is the section about what the stores of the others take.
func storage() section {
	s := section{
		title: "Memory and disk",
		about: "Memory is what the process has more than before from the system after it opened the store and served each of the requests; with PostgreSQL it is that of the server alone.",
		rows: []row{
			{what: "memory, SQLite", benchmark: "Growth/sqlite/memory/", unit: "MiB"},
			{what: "memory, PostgreSQL", benchmark: "Growth/postgres/memory/", unit: "MiB"},
			{what: "on the disk, SQLite", benchmark: "Growth/sqlite/disk/", unit: "MiB"},
			{what: "on the disk, PostgreSQL", benchmark: "Growth/postgres/disk/", unit: "MiB"},
		},
	}
	for _, size := range sizes() {
		s.columns = append(s.columns, column{title: size.title, suffix: size.suffix})
	}
	return s
}

// sizes are the columns of the stores. In the smallest, times are in milliseconds.
func sizes() []column {
	return []column{
		{"100", "100", "ms"}, {"1,000", "1000", "times-smallest"}, {"10,000", "10000", "times-smallest"},
		{"100,000", "100000", "times-smallest"}, {"1,000,000", "1000000", "times-smallest"},
	}
}

func grown(env, engine, title string) section {
	s := section{
		title: title,
		about: "Opening a file reads all of it up to 16 MiB, to find damage.",
		commands: []command{
			{env: env, folder: refserver, match: "^BenchmarkGrowth$", benchtime: "1x"},
		},
		columns: append(sizes(), column{title: "ten times the rows", suffix: "decade"}),
	}
	if engine == "postgres" {
		s.about = "The rows are counted first (ANALYZE), as PostgreSQL does by itself."
	}
	const aim = 2
	for _, r := range []struct {
		what, name string
		aim        float64
	}{
		{"`whoami`", "whoami", aim},
		{"`whoami` of the user with all tokens", "whoami-among-many", aim},
		{"sign-in without its hash", "sign-in", aim},
		{"`newAuthToken`", "new-token", aim},
		{"tokens, first page of 10", "tokens", aim},
		{"tokens, last page", "tokens-last", aim},
		{"token by its name", "token-by-name", aim},
		{"projects, first page of 10", "projects", aim},
		{"projects, last page", "projects-last", aim},
		{"classic MOLGENIS, first page of 100 tokens", "MOLGENIS-tokens", aim},
		{"classic MOLGENIS, last page of 100 tokens", "MOLGENIS-tokens-last", aim},
		{"EMX2, who a user is", "EMX2-whoami", aim},
		{"EMX2, names of 100 tokens", "EMX2-tokens", aim},
		{"users, first page of 10", "users", aim},
		{"users, last page", "users-last", aim},
		{"page of the audit log, newest rows", "audit", aim},
		{"page of the audit log, oldest rows", "audit-last", aim},
		{"sweep", "sweep", aim},
		{"opening the store", "open", 0},
		{"`listAuthTokens`, all tokens", "all-tokens", 0},
		{"projects, a search that finds none", "projects-that-none-is", 0},
		{"classic MOLGENIS, first page of all tokens", "MOLGENIS-of-all", 0},
		{"classic MOLGENIS, last page of all tokens", "MOLGENIS-of-all-last", 0},
		{"EMX2, names of all tokens, or the refusal", "EMX2-of-all", 0},
	} {
		s.rows = append(s.rows, row{what: r.what, benchmark: "Growth/" + engine + "/" + r.name + "/", unit: "times-decade", aim: r.aim})
	}
	return s
}
