package main

// peers is the part about servers that others wrote.
func peers() part {
	return part{
		name:  "peers",
		title: "Beside other servers",
		about: "How fast servers tell the owner of a token who that is, as a share of the speed of a handler of `net/http` that looks nothing up. Each is a process of its own, built without C, " +
			"with request logs off and 32 users, each of whom signed in and got a token; all are asked over the loopback in turns. What they do is not the same: dxauth reads the rows of the token and its user, " +
			"and notes the use; PocketBase checks a signature and reads the row of the user; Kratos reads the rows of session and user; Dex checks a signature, and knows no end of a session before that of the token.",
		versions: []modules{
			{"internal/interop/dex", []string{"github.com/dexidp/dex"}},
			{"internal/interop/pocketbase", []string{"github.com/pocketbase/pocketbase"}},
			{"internal/interop/kratos", []string{"github.com/ory/kratos"}},
		},
		sections: []section{{
			title:    "Who is it?",
			about:    "Higher is faster. Dex keeps its keys in memory; SQLite in Dex and Kratos needs C, so Kratos uses PostgreSQL.",
			commands: []command{{folder: "./internal/bench/peers", match: "^BenchmarkPeers$", benchtime: "1x"}},
			columns:  connections(),
			rows: []row{
				{what: "dxauth, `/system/whoami`, SQLite", benchmark: "Peers/dxauth-SQLite/", unit: "of-bare"},
				{what: "dxauth, `/system/whoami`, PostgreSQL", benchmark: "Peers/dxauth-PostgreSQL/", unit: "of-bare"},
				{what: "Dex, `/userinfo`", benchmark: "Peers/Dex/", unit: "of-bare"},
				{what: "PocketBase, record of the user, SQLite", benchmark: "Peers/PocketBase-record/", unit: "of-bare"},
				{what: "PocketBase, `auth-refresh`, SQLite", benchmark: "Peers/PocketBase-auth-refresh/", unit: "of-bare"},
				{what: "Kratos, `/sessions/whoami`, PostgreSQL", benchmark: "Peers/Kratos/", unit: "of-bare"},
			},
		}},
	}
}
