package httpcall_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

type row struct {
	Name string `json:"name"`
}

// An answer without one of its lists is unexpected, and so is null; an empty list is not.
func TestDecodeRefusesMissingLists(t *testing.T) {
	type answer struct {
		Rows   []row    `json:"rows"`
		Errors []row    `json:"errors,omitempty"`
		Hints  []row    `json:"hints" answer:"optional"`
		Names  []string `json:"names"`
	}
	for body, missing := range map[string]string{
		`{"rows": []}`:                 "",
		`{"rows": [{"name": "a"}]}`:    "",
		`{"rows": [], "errors": null}`: "",
		`{"Rows": []}`:                 "",
		`{}`:                           "rows",
		`{"rows": null}`:               "rows",
		`{"row": [], "names": []}`:     "rows",
		`{"rows": [], "rows": null}`:   "rows",
		`null`:                         "rows",
		`{"errors": [], "hints": [], "names": []}`: "rows",
	} {
		var out answer
		err := httpcall.Answer{Status: http.StatusOK, Body: []byte(body)}.Decode(&out)
		unexpected, isUnexpected := errors.AsType[*httpcall.UnexpectedAnswerError](err)
		if isUnexpected != (missing != "") || isUnexpected && unexpected.Missing != missing {
			t.Errorf("%s: %v", body, err)
		}
	}
	var value any
	for _, into := range []any{&value, &map[string][]row{}, &[]row{}} {
		if err := (httpcall.Answer{Status: http.StatusOK, Body: []byte("null")}).Decode(into); err != nil {
			t.Errorf("%T: %v", into, err)
		}
	}
}
