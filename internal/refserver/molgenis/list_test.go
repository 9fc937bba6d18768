package molgenis

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/failure"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/rsql"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/table"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// longEntity has many rows with a long text.
type longEntity struct {
	entity
	count, length int
}

func (longEntity) meta() wire.EntityMeta {
	return table.Describe("long", "Long", "id", []wire.Attribute{{Name: "id", FieldType: table.String}, {Name: "text", FieldType: table.String}})
}

func (longEntity) rewrite(query rsql.Expr) rsql.Expr { return query }

func (e longEntity) rows(_ call, _ rsql.Expr, each func(table.Row) error) error {
	long, err := table.NewRow(map[string]string{"id": "1", "text": strings.Repeat("x", e.length)}, e.meta().Attributes)
	if err != nil {
		return err
	}
	for range e.count {
		if err := each(long); err != nil {
			return err
		}
	}
	return nil
}

func (e longEntity) from(c call, start, num int) (rows []table.Row, total int, err error) {
	err = e.rows(c, nil, func(r table.Row) error {
		if r.Number = total; start <= total && total < start+num {
			rows = append(rows, r)
		}
		total++
		return nil
	})
	return rows, total, err
}

func (e longEntity) list(t *testing.T, query url.Values) (wire.Collection[map[string]any], error) {
	t.Helper()
	page, err := list(call{ctx: t.Context(), query: query}, e, wire.RouteV2, table.Row.InV2)
	var shown wire.Collection[map[string]any]
	if err == nil {
		if err := json.Unmarshal(page.json, &shown); err != nil {
			t.Fatal(err)
		}
	}
	return shown, err
}

// Lists cost a bounded number of comparisons, of rows in memory and of bytes, however
// many rows there are.
func TestListsAreBounded(t *testing.T) {
	refused := func(err error) string {
		if err == nil {
			return ""
		}
		return fmt.Sprint(failure.Of(err).Status, " ", err)
	}
	many := longEntity{count: 20_000, length: 1}
	hundred := strings.Repeat("text=q=y,", 99) + "text=q=y"
	for name, c := range map[string]struct {
		entity longEntity
		query  url.Values
		want   string // of the refusal; empty: a page
	}{
		"few comparisons":                 {many, url.Values{"q": {"text=q=y"}}, ""},
		"many comparisons":                {many, url.Values{"q": {hundred}}, "400 Too many rows to search or sort"},
		"many comparisons of few rows":    {longEntity{count: 1000}, url.Values{"q": {hundred}}, ""},
		"all attributes, often":           {many, url.Values{"q": {strings.ReplaceAll(hundred, "text", "*")}}, "400 Too many rows to search or sort"},
		"many values":                     {longEntity{count: 100_000}, url.Values{"q": {"id=in=(" + strings.Repeat("1,", 999) + "1)"}}, "400 Too many rows to search or sort"},
		"sorted, far from the start":      {longEntity{count: table.MaxSorted + 1}, url.Values{"sort": {"text"}, "start": {"90000000"}}, "400 "},
		"sorted, at the start":            {many, url.Values{"sort": {"text"}}, ""},
		"far from the start, not sorted":  {longEntity{count: table.MaxSorted + 1}, url.Values{"start": {"90000000"}}, ""},
		"more comparisons than are read":  {many, url.Values{"q": {hundred + ",text=q=y"}}, "400 syntax error"},
		"a query of a hundred thousand B": {many, url.Values{"q": {strings.Repeat("(", 100_000)}}, "400 syntax error"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.entity.list(t, c.query)
			if got := refused(err); !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("got %.100q, want %q", got, c.want)
			}
		})
	}
}

// A page ends by bytes, and the next one starts where it ended.
func TestListsEndByBytes(t *testing.T) {
	const count = 100
	e := longEntity{count: count, length: 64 << 10}
	for _, sort := range []string{"", "text"} {
		seen, pages := 0, 0
		for query := (url.Values{"sort": {sort}, "num": {"1000"}}); query != nil && pages < count; pages++ {
			page, err := e.list(t, query)
			if err != nil {
				t.Fatal(err)
			}
			if size := len(page.Items) * e.length; size > budget.MaxBytes || len(page.Items) == 0 || page.Total != count || page.Start != seen {
				t.Fatalf("a page from %d of %d with %d items, %d bytes", page.Start, page.Total, len(page.Items), size)
			}
			seen += len(page.Items)
			query = nil
			if _, encoded, more := strings.Cut(page.NextHref, "?"); more {
				if query, err = url.ParseQuery(encoded); err != nil {
					t.Fatal(err)
				}
			}
		}
		if seen != count || pages < 6 {
			t.Errorf("sort %q: %d items on %d pages", sort, seen, pages)
		}
	}
	handler := &Handler{}
	if _, err := handler.csv(call{ctx: t.Context(), query: url.Values{"num": {"1000"}}}, e); err == nil || failure.Of(err).Status != http.StatusBadRequest {
		t.Errorf("a file that is too long: %v", err)
	}
	if file, err := handler.csv(call{ctx: t.Context(), query: url.Values{"num": {"10"}}}, e); err != nil || strings.Count(file.text, "\n") != 11 {
		t.Errorf("a part of it: %v", err)
	}
}
