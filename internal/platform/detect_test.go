package platform

import (
	"errors"
	"net/http"
	"testing"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/molgenis"
)

func TestDetect(t *testing.T) {
	tests := map[string]struct {
		answers map[string]said
		want    Type
		asked   []string
	}{
		"it says so": {
			map[string]said{"GET /.well-known/dxauth": {body: `{"type":"molgenis"}`}}, TypeMOLGENIS,
			[]string{"GET /.well-known/dxauth"},
		},
		"a DNAnexus says so": {
			map[string]said{"GET /.well-known/dxauth": {body: `{"type":"dnanexus"}`}}, TypeDNAnexus,
			[]string{"GET /.well-known/dxauth"},
		},
		"EMX2": {
			map[string]said{"_manifest": {body: `{"data":{"_manifest":{"SpecificationVersion":"11"}}}`}}, TypeEMX2,
			[]string{"GET /.well-known/dxauth", `POST /api/graphql {"query":"{_manifest{SpecificationVersion}}"}`},
		},
		"the classic one": {
			map[string]said{"GET /api/v2/version": {body: `{"molgenisVersion":"8.7.2"}`}}, TypeMOLGENIS,
			[]string{"GET /.well-known/dxauth", `POST /api/graphql {"query":"{_manifest{SpecificationVersion}}"}`, "GET /api/v2/version"},
		},
		"a type of later": {
			map[string]said{"GET /.well-known/dxauth": {body: `{"type":"galaxy"}`}}, TypeDNAnexus,
			[]string{"GET /.well-known/dxauth", `POST /api/graphql {"query":"{_manifest{SpecificationVersion}}"}`, "GET /api/v2/version"},
		},
		"pages that say yes to everything": {
			map[string]said{
				"GET /.well-known/dxauth": {body: "<html>"}, "_manifest": {body: "<html>"}, "GET /api/v2/version": {body: "<html>"},
			}, TypeDNAnexus,
			[]string{"GET /.well-known/dxauth", `POST /api/graphql {"query":"{_manifest{SpecificationVersion}}"}`, "GET /api/v2/version"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFakeMOLGENIS(t, tt.answers)
			if got, err := Detect(t.Context(), f.access("secret-token", molgenis.CredentialToken)); got != tt.want || err != nil {
				t.Errorf("got %s, %v", got, err)
			}
			f.wantAsked(t, tt.asked...)
		})
	}
	t.Run("a server that is not there is asked once", func(t *testing.T) {
		f := newFakeMOLGENIS(t, nil)
		f.server.Close()
		tries := 0
		access := f.access("", "")
		access.HTTP = &http.Client{Transport: counting{&tries}}
		got, err := Detect(t.Context(), access)
		if _, ok := errors.AsType[*httpcall.UnreachableError](err); got != TypeUnknown || !ok || tries != 1 {
			t.Errorf("got %s, %v after %d tries", got, err, tries)
		}
	})
}

// counting is a network without anybody.
type counting struct{ tries *int }

func (c counting) RoundTrip(*http.Request) (*http.Response, error) {
	*c.tries++
	return nil, errors.New("no network")
}
