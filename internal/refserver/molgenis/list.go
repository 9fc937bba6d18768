package molgenis

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/molgenis/failure"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/table"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

func (h *Handler) listV1(c call, e entity) (response, error) {
	return list(c, e, wire.RouteV1, table.Row.InV1)
}

func (h *Handler) listV2(c call, e entity) (response, error) {
	return list(c, e, wire.RouteV2, table.Row.InV2)
}

func list(c call, e entity, api string, show func(table.Row, wire.EntityMeta, []string) map[string]any) (response, error) {
	l, err := table.ReadListing(c.query, e.meta(), e.rewrite)
	if err != nil {
		return response{}, err
	}
	page, err := l.Page(c.ctx, sourceOf(c, e))
	if err != nil {
		return response{}, err
	}
	href := api + l.Meta.Name
	shown := wire.Collection[map[string]any]{
		Href: href, Meta: &l.Meta, Start: l.Start, Num: l.Num, Total: page.Total, Items: []map[string]any{},
	}
	for _, row := range page.Rows {
		shown.Items = append(shown.Items, show(row, l.Meta, l.Chosen))
	}
	if l.Start > 0 && l.Num > 0 {
		shown.PrevHref = hrefAt(href, c.query, max(0, l.Start-l.Num))
	}
	if len(page.Rows) > 0 && page.Next < page.Total {
		shown.NextHref = hrefAt(href, c.query, page.Next)
	}
	return inJSON(http.StatusOK, shown)
}

// hrefAt returns the address of another page of the same list. It does not
// repeat a token in the query.
func hrefAt(href string, query url.Values, start int) string {
	other := url.Values{"start": {strconv.Itoa(start)}}
	for _, name := range []string{"num", "q", "attrs", "sort"} {
		if value := query.Get(name); value != "" {
			other.Set(name, value)
		}
	}
	return href + "?" + other.Encode()
}

// csv returns a list as CSV, with the names of the attributes in the first line. It
// refuses a list that is longer than a page of bytes, because CSV cannot say that.
func (h *Handler) csv(c call, e entity) (response, error) {
	l, err := table.ReadListing(c.query, e.meta(), e.rewrite)
	if err != nil {
		return response{}, err
	}
	page, err := l.Page(c.ctx, sourceOf(c, e))
	if err != nil {
		return response{}, err
	}
	if len(page.Rows) < l.Num && page.Next < page.Total {
		return response{}, failure.New(http.StatusBadRequest, "The file would be larger than 1 MiB: set num to %d or less", len(page.Rows))
	}
	var text strings.Builder
	writer := csv.NewWriter(&text)
	lines := [][]string{l.Chosen}
	for _, row := range page.Rows {
		line := make([]string, len(l.Chosen))
		for i, name := range l.Chosen {
			line[i], _ = row.Text(name)
		}
		lines = append(lines, line)
	}
	if err := writer.WriteAll(lines); err != nil {
		return response{}, err
	}
	return response{status: http.StatusOK, text: text.String(), textType: "text/csv; charset=utf-8"}, nil
}
