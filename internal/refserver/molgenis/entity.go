package molgenis

import (
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/failure"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/rsql"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/table"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// entity is a table whose rows clients read and change by ID. Rows that the
// caller may not see do not exist for it.
type entity interface {
	meta() wire.EntityMeta
	// rewrite returns a query that uses only attributes that rows have.
	rewrite(query rsql.Expr) rsql.Expr
	// rows passes to each the rows that the caller sees, limited by the query as
	// far as an index can. An error of each ends it.
	rows(c call, query rsql.Expr, each func(table.Row) error) error
	// from returns at most num of the rows that the caller sees, from a number on, and
	// how many numbers there are. Some numbers have no row.
	from(c call, start, num int) (rows []table.Row, total int, err error)
	// create makes all rows, or none, and returns their IDs.
	create(c call, rows []map[string]any) ([]string, error)
	change(c call, id string, values map[string]any) error
	// remove removes all rows or none.
	remove(c call, ids []string) error
}

// sourceOf returns what reads the rows that the caller sees.
func sourceOf(c call, e entity) table.Source {
	return table.Source{
		Rows: func(query rsql.Expr, each func(table.Row) error) error { return e.rows(c, query, each) },
		From: func(start, num int) ([]table.Row, int, error) { return e.from(c, start, num) },
	}
}

// entityOf returns the entity that the first part of the path names.
func (h *Handler) entityOf(c call) (entity, error) {
	switch name := c.parts[0]; name {
	case wire.EntityToken:
		return tokenEntity{h.service, h.places}, nil
	case wire.EntityUser:
		return userEntity{h.service}, nil
	default:
		return nil, failure.NotFound(wire.CodeUnknownType, "Unknown entity type '%s'.", name)
	}
}

// on turns a function that needs an entity into a handler.
func (h *Handler) on(handle func(call, entity) (response, error)) handler {
	return func(c call) (response, error) {
		e, err := h.entityOf(c)
		if err != nil {
			return response{}, err
		}
		return handle(c, e)
	}
}

// metaV1 returns the description of an entity, which clients request before each
// list.
func (h *Handler) metaV1(_ call, e entity) (response, error) {
	meta := wire.EntityMetaV1{EntityMeta: e.meta(), Attributes: map[string]wire.Attribute{}}
	for _, attribute := range meta.EntityMeta.Attributes {
		meta.Attributes[attribute.Name] = attribute
	}
	return inJSON(http.StatusOK, meta)
}

// find returns the row with an ID.
func find(c call, e entity, id string) (found table.Row, err error) {
	meta := e.meta()
	missing := failure.NotFound(wire.CodeUnknownEntity, "Unknown entity with '%s' '%s' of type '%s'.", meta.IDAttribute, id, meta.Label)
	query := rsql.Comparison{Attribute: "id", Operator: rsql.Equal, Values: []string{id}}
	err = e.rows(c, query, func(candidate table.Row) error {
		if candidate.ID() == id {
			found, missing = candidate, nil
		}
		return nil
	})
	if err == nil && missing != nil {
		err = missing
	}
	return found, err
}

func (h *Handler) oneV1(c call, e entity) (response, error) { return one(c, e, table.Row.InV1) }

func (h *Handler) oneV2(c call, e entity) (response, error) { return one(c, e, table.Row.InV2) }

func one(c call, e entity, show func(table.Row, wire.EntityMeta, []string) map[string]any) (response, error) {
	meta := e.meta()
	chosen, err := table.Chosen(c.query, meta)
	if err != nil {
		return response{}, err
	}
	found, err := find(c, e, c.parts[1])
	if err != nil {
		return response{}, err
	}
	return inJSON(http.StatusOK, show(found, meta, chosen))
}

// createV1 makes a row from a JSON object or a form. The response has no body;
// Location ends with the ID.
func (h *Handler) createV1(c call, e entity) (response, error) {
	fields, err := c.body.fields()
	if err != nil {
		return response{}, err
	}
	ids, err := e.create(c, []map[string]any{fields})
	if err != nil {
		return response{}, err
	}
	created := silent(http.StatusCreated)
	created.location = wire.RouteV1 + e.meta().Name + "/" + ids[0]
	return created, nil
}

// maxBatch bounds the rows of a request.
const maxBatch = 1000

// batchOf reads the rows of a batch.
func batchOf(c call) ([]map[string]any, error) {
	var in struct {
		Entities []map[string]any `json:"entities"`
	}
	if err := httpkit.Decode(c.body.json, &in); err != nil {
		return nil, err
	}
	if len(in.Entities) == 0 || len(in.Entities) > maxBatch {
		return nil, failure.New(http.StatusBadRequest, "entities must be 1 to %d", maxBatch)
	}
	return in.Entities, nil
}

func (h *Handler) createV2(c call, e entity) (response, error) {
	rows, err := batchOf(c)
	if err != nil {
		return response{}, err
	}
	ids, err := e.create(c, rows)
	if err != nil {
		return response{}, err
	}
	route := wire.RouteV2 + e.meta().Name
	created := wire.Created{Location: route + "?q=id=in=(" + strings.Join(ids, ",") + ")"}
	for _, id := range ids {
		created.Resources = append(created.Resources, wire.Resource{Href: route + "/" + id})
	}
	return inJSON(http.StatusCreated, created)
}

// changeOne sets one attribute to the JSON value in the body.
func (h *Handler) changeOne(c call, e entity) (response, error) {
	value, err := c.body.value()
	if err != nil {
		return response{}, err
	}
	return silent(http.StatusOK), change(c, e, map[string]any{c.parts[2]: value})
}

// changeAll sets the attributes that the body names.
func (h *Handler) changeAll(c call, e entity) (response, error) {
	fields, err := c.body.fields()
	if err != nil {
		return response{}, err
	}
	delete(fields, "_method")
	delete(fields, wire.ParameterToken)
	return silent(http.StatusNoContent), change(c, e, fields)
}

// changeMany changes the rows of a batch, one after the other; the first refusal ends
// it. Clients send whole rows as they got them, so a value that a row has already is
// not a change.
func (h *Handler) changeMany(c call, e entity) (response, error) {
	rows, err := batchOf(c)
	if err != nil {
		return response{}, err
	}
	changes := make([]map[string]any, len(rows))
	ids := make([]string, len(rows))
	for i, values := range rows {
		if ids[i], err = textOf("id", values["id"]); err != nil {
			return response{}, err
		}
		current, err := find(c, e, ids[i])
		if err != nil {
			return response{}, err
		}
		if changes[i], err = current.Changes(values); err != nil {
			return response{}, err
		}
	}
	for i, values := range changes {
		if len(values) == 0 {
			continue
		}
		if err := e.change(c, ids[i], values); err != nil {
			return response{}, err
		}
	}
	return silent(http.StatusOK), nil
}

func change(c call, e entity, values map[string]any) error {
	if _, err := find(c, e, c.parts[1]); err != nil {
		return err
	}
	return e.change(c, c.parts[1], values)
}

// unchangeable refuses the change of an attribute that only the server sets, or
// of an unknown one.
func unchangeable(e entity, name string) error {
	if table.Has(e.meta(), name) {
		return failure.Invalid(name, "can't be changed")
	}
	return table.NoAttribute(name)
}

func (h *Handler) removeOne(c call, e entity) (response, error) {
	return silent(http.StatusNoContent), e.remove(c, []string{c.parts[1]})
}

// removeAll removes all rows that the caller sees.
func (h *Handler) removeAll(c call, e entity) (response, error) {
	ids := []string{}
	err := e.rows(c, nil, func(r table.Row) error {
		if ids = append(ids, r.ID()); len(ids) > maxBatch {
			return failure.New(http.StatusBadRequest, "there are more than %d rows; delete them by their IDs", maxBatch)
		}
		return nil
	})
	if err != nil {
		return response{}, err
	}
	return silent(http.StatusNoContent), e.remove(c, ids)
}

func (h *Handler) removeMany(c call, e entity) (response, error) {
	var in struct {
		IDs []string `json:"entityIds"`
	}
	if err := httpkit.Decode(c.body.json, &in); err != nil {
		return response{}, err
	}
	if len(in.IDs) == 0 || len(in.IDs) > maxBatch {
		return response{}, failure.New(http.StatusBadRequest, "entityIds must be 1 to %d", maxBatch)
	}
	return silent(http.StatusNoContent), e.remove(c, in.IDs)
}
