package admins

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/service/auditlog"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// PathAudit is the page of the audit log.
const PathAudit = "/console/admin/audit"

// rowsOnPage is how many rows of the audit log a page lists.
const rowsOnPage = 50

// auditData is what the page of the audit log shows.
type auditData struct {
	Actor, Subject, Action, Result string // what was looked for
	Since, Until                   kit.Choices
	Rows                           []auditRow
	Next                           string // path of the next page; empty: this is the last
}

// auditRow is a row of the log as the page shows it.
type auditRow struct {
	Time, Actor, Action, Subject, Result, Factor string
	From, Client, Request                        string
}

// auditLog shows the audit log, the newest row first, as far as a filter selects it.
func (p *Pages) auditLog(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	query := url.Values{}
	for _, field := range []string{"actor", "subject", "action", "result", "since", "until"} {
		if text := kit.TextIn(r, field); text != "" {
			query.Set(field, text)
		}
	}
	rows, next, err := auditlog.Page(r.Context(), p.Service, v.Caller, p.filterIn(query), numberIn(r, "before"), rowsOnPage)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	data := auditData{
		Actor: query.Get("actor"), Subject: query.Get("subject"), Action: query.Get("action"), Result: query.Get("result"),
		Since: sinceChoices(query.Get("since")), Until: untilChoices(query.Get("until")),
	}
	for _, row := range rows {
		data.Rows = append(data.Rows, auditRow{
			Time: kit.TimeText(row.Time), Actor: row.Who(), Action: string(row.Action), Subject: row.Subject,
			Result: row.Result, Factor: row.Factor, From: kit.FromText(row.Address), Client: kit.ClientText(row.UserAgent), Request: row.RequestID,
		})
	}
	if next != 0 {
		query.Set("before", strconv.FormatInt(next, 10))
		data.Next = PathAudit + "?" + query.Encode()
	}
	p.Show(w, r, v, http.StatusOK, "audit", "Audit log", data)
}

// filterIn reads the filter of a page.
func (p *Pages) filterIn(query url.Values) audit.Filter {
	filter := audit.Filter{
		Actor: audit.ActorOf(query.Get("actor")), Subject: query.Get("subject"), Action: query.Get("action"), Result: query.Get("result"),
	}
	if span, err := kit.SpanIn(query.Get("since"), sinceChoices("")); err == nil {
		filter.Since = p.Service.Now().Add(-span)
	}
	if span, err := kit.SpanIn(query.Get("until"), untilChoices("")); err == nil {
		filter.Until = p.Service.Now().Add(-span)
	}
	return filter
}

func sinceChoices(chosen string) kit.Choices {
	return kit.Choose(chosen, kit.Choices{
		{Value: "", Text: "Any time"}, {Value: "1h", Text: "The last hour"}, {Value: "24h", Text: "The last day"},
		{Value: "168h", Text: "The last week"}, {Value: "720h", Text: "The last month"},
	})
}

func untilChoices(chosen string) kit.Choices {
	return kit.Choose(chosen, kit.Choices{
		{Value: "", Text: "Now"}, {Value: "1h", Text: "An hour ago"}, {Value: "24h", Text: "A day ago"},
		{Value: "168h", Text: "A week ago"}, {Value: "720h", Text: "A month ago"}, {Value: "8760h", Text: "A year ago"},
	})
}

// numberIn reads a number of a query; anything else is 0.
func numberIn(r *http.Request, field string) int64 {
	number, err := strconv.ParseInt(r.URL.Query().Get(field), 10, 64)
	if err != nil || number < 0 {
		return 0
	}
	return number
}
