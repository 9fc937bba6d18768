package molgenis_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// Any request gets a response of the platform's shape in bounded time, and never
// an internal error. All inputs of a process share one platform.

// checkAnswer checks the response to a random request.
func checkAnswer(t *testing.T, answer reply, began time.Time) {
	t.Helper()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if answer.Code >= http.StatusInternalServerError {
		t.Errorf("status %d: %s", answer.Code, answer.Body)
	}
	if answer.Code >= http.StatusBadRequest {
		var got struct{ Errors []struct{ Message string } }
		if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil || len(got.Errors) == 0 || got.Errors[0].Message == "" {
			t.Errorf("status %d without an error: %s", answer.Code, answer.Body)
		}
	}
}

func FuzzListQuery(f *testing.F) {
	p := platformOf(f)
	for _, seed := range []string{
		"token==None", "q=", "id=in=(a,'b')&x", "((a==1;b==2),c=q=x)", "%", "\x00", "description=like=%25ci%25", "*=q=a",
	} {
		testfuzz.Add(f, seed, "id:asc,description:desc", "User(id),~id", "1", "0")
	}
	f.Fuzz(func(t *testing.T, q, sort, attrs, num, start string) {
		began := time.Now()
		query := url.Values{"q": {q}, "sort": {sort}, "attrs": {attrs}, "num": {num}, "start": {start}}.Encode()
		for _, path := range []string{"/api/v2/sys_sec_Token", "/api/v1/csv/sys_sec_User"} {
			checkAnswer(t, p.in(t).with(aliceToken, "GET "+path+"?"+query, ""), began)
		}
	})
}

func FuzzNewTokenJSON(f *testing.F) {
	p := platformOf(f)
	for _, seed := range []string{
		`{}`, `{"User":"user-alice","token":"x"}`, `{"User":{"id":null},"token":[1]}`, `[`, `{"expirationDate":"2026-99-99"}`, `{"entities":[{}]}`, `{"entityIds":["x"]}`,
	} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		began := time.Now()
		for _, line := range []string{"POST /api/v1/sys_sec_Token", "POST /api/v2/sys_sec_Token", "DELETE /api/v2/sys_sec_Token", "PUT /api/v1/sys_sec_User/user-alice/FirstName", "POST /api/v1/login"} {
			checkAnswer(t, p.in(t).with(aliceToken, line, body), began)
		}
	})
}

func FuzzForm(f *testing.F) {
	p := platformOf(f)
	for _, seed := range []string{"username=a&password=b", "_method=DELETE", "_method=PUT&description=x", "%zz", "a;b", "molgenis-token=x", "verificationCode=1&secretKey=<"} {
		testfuzz.Add(f, "application/x-www-form-urlencoded", seed)
		testfuzz.Add(f, "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"+seed+"\r\n--x--")
	}
	f.Fuzz(func(t *testing.T, contentType, body string) {
		if strings.ContainsAny(contentType, "\r\n\x00") {
			return // not possible in a header
		}
		began := time.Now()
		for _, line := range []string{"POST /login", "POST /2fa/validate", "POST /2fa/activation/authenticate", "POST /account/register", "POST /account/activate", "POST /api/v1/sys_sec_Token", "POST /api/v1/logout"} {
			checkAnswer(t, p.in(t).send(request{line: line, header: map[string]string{"Content-Type": contentType}, body: body}), began)
		}
	})
}

func FuzzGraphQL(f *testing.F) {
	p := platformOf(f)
	for _, seed := range []string{
		"{_session{email token}}", signinMutation, createMutation, "{", `mutation{change(users:[{email:"alice",settings:[{key:"access-tokens",value:"x"}]}]){message}}`,
		"{a:_session{b:email} c:_manifest{DatabaseVersion}}", "{_settings{key value}}", `{"`, "query($a:[[Int!]!]){_schemas}",
	} {
		testfuzz.Add(f, seed, `{"email":"alice","tokenName":"x"}`)
	}
	f.Fuzz(func(t *testing.T, document, variables string) {
		began := time.Now()
		quoted, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		checkAnswer(t, p.in(t).with(scopedToken, "POST /api/graphql", `{"query":`+string(quoted)+`,"variables":`+variables+`}`), began)
		checkAnswer(t, p.in(t).with(scopedToken, "GET /api/graphql?"+url.Values{"query": {document}, "variables": {variables}}.Encode(), ""), began)
	})
}
