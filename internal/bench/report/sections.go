package main

import "runtime"

// section is a table of figures, and the benchmarks that measure them. It can also have figures
// of the sections before it.
type section struct {
	title, about string
	commands     []command
	columns      []column // of figures; none: one, "measured"
	rows         []row
}

// column is one of several figures that each row has.
type column struct {
	title  string
	suffix string // of the names of its benchmarks
	unit   string // in place of that of the row, whose aim it then does not have
}

// row is a figure with its aim.
type row struct {
	what      string
	benchmark string // its name, or the beginning of several, ending with a slash
	unit      string
	aim       float64 // 0: none
	isMinimum bool    // the aim is the least, not the most
	// isOptional leaves the row out if nothing measured it.
	isOptional bool
}

const (
	refserver = "./internal/refserver"
	programs  = "./internal/bench"
)

// parts returns the parts of the page in their order.
func parts() []part {
	return []part{beside(), growth(), peers()}
}

func beside() part {
	return part{
		title:    "Beside the simplest program",
		about:    "Each figure is a ratio to a program that does the same and nothing else.",
		versions: []modules{{".", []string{"modernc.org/sqlite", "github.com/jackc/pgx/v5", "github.com/spf13/cobra"}}},
		sections: []section{commands(), starts(), tokens(), routes(), signIns(), load()},
	}
}

func commands() section {
	return section{
		title: "Commands",
		about: "Wall time of a command from its start to its end: beside a cobra program that does nothing, a bare Go client that sends the two requests of `whoami` (`login --token` sends three), " +
			"or `dxauth version`. Programs of others are on this page if they are on the PATH.",
		commands: []command{{folder: programs, match: "^BenchmarkStart$", benchtime: "1x"}},
		rows: []row{
			{what: "`version`, to a cobra program", benchmark: "Start/version", unit: "times-by-clock", aim: 2.3},
			{what: "`whoami`, to a bare client", benchmark: "Start/whoami", unit: "times-by-clock", aim: 1.5},
			{what: "`prompt`, to `version`", benchmark: "Start/prompt", unit: "times-by-clock", aim: 1.5},
			{what: "TAB, to `version`", benchmark: "Start/TAB,_to_version", unit: "times-by-clock", aim: 1.5},
			{what: "what `exec` adds, to a cobra program", benchmark: "Start/exec", unit: "times-added-by-clock", aim: 3},
			{what: "`env`, to a cobra program", benchmark: "Start/env", unit: "times-by-clock"},
			{what: "`login --token`, to a bare client", benchmark: "Start/login_with_a_token", unit: "times-by-clock"},
			{what: "`dx --version`, to `dxauth version`", benchmark: "Start/peer_dx", unit: "times-by-clock", isOptional: true},
			{what: "`gh --version`, to `dxauth version`", benchmark: "Start/peer_gh", unit: "times-by-clock", isOptional: true},
			{what: "`npm --version`, to `dxauth version`", benchmark: "Start/peer_npm", unit: "times-by-clock", isOptional: true},
		},
	}
}

func starts() section {
	return section{
		title: "Start and size of a server",
		about: "Time from the start of `dxauth serve` with a new SQLite file until its first response, beside a program that opens a new file with the same engine and listens, " +
			"and the memory that it has from the system a minute later: with the pages of the program's file, as many as the system keeps, and without. The program is built as for a release.",
		commands: []command{{folder: programs, match: "^Benchmark(Serve|Size)$", benchtime: "1x"}},
		rows: []row{
			{what: "first response", benchmark: "Serve/empty", unit: "times-by-clock", aim: 3},
			{what: "first response, with the demo", benchmark: "Serve/demo", unit: "times-by-clock", aim: 5},
			{what: "memory", benchmark: "Serve/empty", unit: "MiB", aim: 30},
			{what: "memory, with the demo", benchmark: "Serve/demo", unit: "MiB", aim: 30},
			{what: "memory, without the program's file", benchmark: "Serve/empty", unit: "MiB-own"},
			{what: "size of the program", benchmark: "Size", unit: "MB", aim: 25},
		},
	}
}

func tokens() section {
	return section{
		title: "Recognizing a token",
		about: "Speed of `/system/whoami`, as a share of that of a bare handler that hashes a token and reads its row from the same store by a prepared statement, over the loopback, " +
			"by one client and by 16. Both run in a process with the settings of `dxauth serve`.",
		commands: []command{{folder: refserver, match: "^BenchmarkWhoami(OnPostgres)?$", benchtime: "60x"}},
		rows: []row{
			{what: "SQLite, one client", benchmark: "Whoami/one", unit: "of-bare", aim: 0.75, isMinimum: true},
			{what: "SQLite, 16 clients", benchmark: "Whoami/many", unit: "of-bare", aim: 0.75, isMinimum: true},
			{what: "PostgreSQL, one client", benchmark: "WhoamiOnPostgres/one", unit: "of-bare", aim: 0.75, isMinimum: true},
			{what: "PostgreSQL, 16 clients", benchmark: "WhoamiOnPostgres/many", unit: "of-bare", aim: 0.75, isMinimum: true},
		},
	}
}

// connections are the columns of what is asked over several connections at once.
func connections() []column {
	return []column{{title: "1 connection", suffix: "1"}, {title: "16", suffix: "16"}, {title: "256", suffix: "256"}}
}

// onEachStore are the commands of BenchmarkRoutes.
func onEachStore() []command {
	return []command{
		{folder: refserver, match: "^BenchmarkRoutes$", benchtime: "10x"},
		{env: "DXAUTH_TEST_STORE=postgres", folder: refserver, match: "^BenchmarkRoutes$", benchtime: "10x"},
	}
}

func routes() section {
	s := section{
		title: "Routes",
		about: "Time of a request, in times of one to a handler of `net/http` that reads the body and looks nothing up. A page of `findProjects` has 100 projects; `newAuthToken` makes an API token, with its audit row; " +
			"the page of the console is that of the user's tokens, beside `whoami` from as many connections.",
		commands: onEachStore(),
		columns:  connections(),
	}
	stores := []struct{ name, words string }{{"memory", "in memory"}, {"sqlite", "SQLite"}, {"postgres", "PostgreSQL"}}
	for _, route := range []string{"whoami", "listAuthTokens", "findProjects", "newAuthToken"} {
		for _, store := range stores {
			s.rows = append(s.rows, row{what: "`" + route + "`, " + store.words, benchmark: "Routes/" + store.name + "/" + route + "/", unit: "times-bare"})
		}
	}
	for _, store := range stores {
		s.rows = append(s.rows, row{what: "a page, to `whoami`, " + store.words, benchmark: "Routes/" + store.name + "/page/", unit: "times-whoami", aim: 3})
	}
	return s
}

func signIns() section {
	return section{
		title:    "Signing in",
		about:    "What a sign-in costs beside argon2id, the password hash that makes it slow on purpose, as a share of that hash.",
		commands: []command{{folder: refserver, match: "^BenchmarkSignIn$", benchtime: "20x"}},
		rows: []row{
			{what: "a sign-in without its hash, in memory", benchmark: "SignIn/memory", unit: "of-argon2id", aim: 0.05},
			{what: "a sign-in without its hash, SQLite", benchmark: "SignIn/sqlite", unit: "of-argon2id", aim: 0.05},
		},
	}
}

func load() section {
	return section{
		title: "Under load",
		about: "The 99th percentile of whoami, in times of that of an idle server: while 500 sign-ins come at once, and while a user with 100,000 tokens and orgs, or an administrator, " +
			"sends each of the searches and lists again and again over two connections, or a user makes and removes as much as the limits allow; the worst of them. Beside it the longest of these requests.",
		commands: []command{{folder: refserver, match: "^BenchmarkWhoamiDuring(SignIns|Scans|Changes)$", benchtime: "1x"}},
		rows: []row{
			{what: "during 500 sign-ins", benchmark: "WhoamiDuringSignIns", unit: "times", aim: 10},
			{what: "memory during 500 sign-ins, more than before; 19 MiB for each processor", benchmark: "WhoamiDuringSignIns", unit: "MiB-more", aim: 19 * float64(max(2, runtime.NumCPU()))},
			{what: "during lists of a user", benchmark: "WhoamiDuringScans/mallory/", unit: "times", aim: 10},
			{what: "during lists of an administrator", benchmark: "WhoamiDuringScans/root/", unit: "times", aim: 10},
			{what: "during changes of a user", benchmark: "WhoamiDuringChanges/", unit: "times", aim: 10},
			{what: "the longest list of a user", benchmark: "WhoamiDuringScans/mallory/", unit: "ms/request"},
		},
	}
}
