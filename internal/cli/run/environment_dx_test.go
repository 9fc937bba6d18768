package run

import (
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
)

// TestHostsInVariables checks that dx can put a URL together from the variables: an IPv6
// address is in brackets.
func TestHostsInVariables(t *testing.T) {
	for server, host := range map[string]string{
		"http://[::1]:8080": "[::1]", "https://[fd00::1]": "[fd00::1]", "https://[FD00:0::1]:443": "[fd00::1]",
		"http://127.0.0.1:8080": "127.0.0.1", "https://[::ffff:10.0.0.1]": "10.0.0.1", "https://Platform.example": "platform.example",
	} {
		endpoint, err := config.ParseEndpoint(server)
		if err != nil {
			t.Fatal(err)
		}
		client := environment{kind: platform.TypeDNAnexus, api: endpoint, auth: endpoint}.client()
		variables, err := client.variables()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(variables, variable{"DX_APISERVER_HOST", host}) {
			t.Errorf("%s: DX_APISERVER_HOST is not %s in %q", server, host, variables)
		}
		if auth := (variable{"DX_AUTHSERVER_HOST", endpoint.Scheme() + "://" + host}); endpoint.Loopback() && !slices.Contains(variables, auth) {
			t.Errorf("%s: DX_AUTHSERVER_HOST is not %s in %q", server, auth.value, variables)
		}
		set, unset, err := client.shellVariables()
		script := posixShell().script(set, unset)
		if err != nil || !strings.Contains(script, "export DX_APISERVER_HOST='"+host+"'\n") {
			t.Errorf("%s: env --bash prints %q, %v", server, script, err)
		}
		if flags, err := client.dxFlags(); err != nil || !strings.Contains(flags, " --apiserver-host "+host+" ") {
			t.Errorf("%s: env --dx-flags prints %q, %v", server, flags, err)
		}
		if table := client.table(); !strings.Contains(table, "API server host\t\t"+host+"\n") {
			t.Errorf("%s: env prints %q", server, table)
		}
	}
}

// What is exported can be unset, all of it but the setting of a certificate authority.
func TestWhatIsExportedCanBeUnset(t *testing.T) {
	endpoint, err := config.ParseEndpoint("http://127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	var exported []string
	for _, kind := range []platform.Type{platform.TypeDNAnexus, platform.TypeMOLGENIS, platform.TypeEMX2} {
		for _, project := range []*session.Project{nil, {ID: "project-1"}} {
			e := environment{kind: kind, api: endpoint, auth: endpoint, project: project, caFile: "/ca.pem"}
			set, unset, err := e.client().shellVariables()
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range set {
				exported = append(exported, v.name)
			}
			exported = append(exported, unset...)
		}
	}
	slices.Sort(exported)
	exported = slices.DeleteFunc(slices.Compact(exported), func(name string) bool { return name == "DX_CA_CERT" })
	want := exportable()
	slices.Sort(want)
	if !slices.Equal(exported, want) {
		t.Errorf("exported: %q, and unset: %q", exported, want)
	}
}
