package dnanexus_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"testing"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

// An answer without its list is not an empty list. Every call whose answer has one is
// made, and none takes the answer.
func TestListsMustBeInAnswers(t *testing.T) {
	calls := 0
	for method := range reflect.TypeFor[*dnanexus.Client]().Methods() {
		if method.Type.NumOut() != 2 || httpcall.MissingList(reflect.Zero(method.Type.Out(0)).Interface()) == "" {
			continue
		}
		calls++
		for _, body := range []string{`{}`, `{"next": null}`, `{"results": null, "tokens": null, "sessions": null, "orgs": null, "recoveryCodes": null}`} {
			p := newPlatform(t, answering(http.StatusOK, body))
			args := []reflect.Value{reflect.ValueOf(p.client())}
			for i := 1; i < method.Type.NumIn(); i++ {
				args = append(args, argument(t.Context(), method.Type.In(i)))
			}
			err, _ := method.Func.Call(args)[1].Interface().(error)
			if _, isUnexpected := errors.AsType[*httpcall.UnexpectedAnswerError](err); !isUnexpected || len(p.requests) == 0 {
				t.Errorf("%s takes %s: %v", method.Name, body, err)
			}
		}
	}
	if calls < 9 {
		t.Errorf("only %d calls have a list in their answers", calls)
	}
}

// argument returns an argument of a call: an ID for a text, and zero for the rest.
func argument(ctx context.Context, of reflect.Type) reflect.Value {
	switch {
	case of == reflect.TypeFor[context.Context]():
		return reflect.ValueOf(ctx)
	case of.Kind() == reflect.String:
		return reflect.ValueOf("org-lab").Convert(of)
	default:
		return reflect.Zero(of)
	}
}

// emptyLists is an answer that has what calls of orgs, users and tokens need.
const emptyLists = `{"id": "org-lab", "results": [], "tokens": [], "orgs": []}`
