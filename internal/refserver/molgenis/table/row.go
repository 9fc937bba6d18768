// Package table has the rows of the entities of MOLGENIS's classic generation, in the formats of
// its API: v1, v2 and the metadata of their attributes; and the pages of a list that the
// parameters of a request select and sort.
//
// It promises that a list costs a bounded number of comparisons, of rows in memory and of
// bytes, however many rows there are: what would take more is refused, with a hint how to
// narrow it, and a page ends by bytes.
//
// It knows neither users nor tokens: a [Source] passes it rows.
package table

import (
	"encoding/json"
	"slices"

	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// Row is a row of an entity: its attributes in the format of v2.
type Row struct {
	values map[string]json.RawMessage
	texts  map[string]string // texts already computed
	known  []wire.Attribute
	Number int // in the list without a query or an order, from 0; only of rows that Source.From returns
}

// NewRow returns the row of an item, which is in the format of v2.
func NewRow(item any, known []wire.Attribute) (Row, error) {
	encoded, err := json.Marshal(item)
	if err != nil {
		return Row{}, err
	}
	r := Row{known: known, texts: map[string]string{}}
	return r, json.Unmarshal(encoded, &r.values)
}

// Text implements rsql.Row. The text of a reference is the ID of its target.
func (r Row) Text(attribute string) (string, bool) {
	knows := func(a wire.Attribute) bool { return a.Name == attribute }
	if !slices.ContainsFunc(r.known, knows) {
		return "", false
	}
	text, read := r.texts[attribute]
	if !read {
		text = textIn(r.values[attribute])
		r.texts[attribute] = text
	}
	return text, true
}

func textIn(value json.RawMessage) string {
	var text string
	var reference struct {
		ID string `json:"id"`
	}
	switch {
	case json.Unmarshal(value, &text) == nil:
		return text
	case json.Unmarshal(value, &reference) == nil:
		return reference.ID
	default:
		return string(value)
	}
}

// Texts implements rsql.Row.
func (r Row) Texts() []string {
	texts := make([]string, 0, len(r.known))
	for _, attribute := range r.known {
		text, _ := r.Text(attribute.Name)
		texts = append(texts, text)
	}
	return texts
}

// Size returns about how many bytes a row has in JSON.
func (r Row) Size() (bytes int) {
	for name, value := range r.values {
		bytes += len(name) + len(value)
	}
	return bytes
}

// ID returns the ID of the row.
func (r Row) ID() string {
	id, _ := r.Text("id")
	return id
}

// InV2 returns the chosen attributes and the address of the row.
func (r Row) InV2(meta wire.EntityMeta, chosen []string) map[string]any {
	shown := map[string]any{"_href": wire.RouteV2 + meta.Name + "/" + r.ID()}
	for _, name := range chosen {
		if value, has := r.values[name]; has {
			shown[name] = value
		}
	}
	return shown
}

// InV1 does the same in the format of v1, where a reference is only a link.
func (r Row) InV1(meta wire.EntityMeta, chosen []string) map[string]any {
	href := wire.RouteV1 + meta.Name + "/" + r.ID()
	shown := map[string]any{"href": href}
	for _, attribute := range meta.Attributes {
		value, has := r.values[attribute.Name]
		switch {
		case !has || !slices.Contains(chosen, attribute.Name):
		case attribute.FieldType == Reference:
			shown[attribute.Name] = map[string]string{"href": href + "/" + attribute.Name}
		default:
			shown[attribute.Name] = value
		}
	}
	return shown
}

// Types of attributes.
const (
	String    = "STRING"
	Bool      = "BOOL"
	DateTime  = "DATE_TIME"
	Reference = "XREF"
	Email     = "EMAIL"
)

// Describe returns the description of an entity. The label of an attribute is
// its name.
func Describe(name, label, labelAttribute string, attributes []wire.Attribute) wire.EntityMeta {
	for i := range attributes {
		attribute := &attributes[i]
		attribute.Href = wire.RouteV1 + name + "/meta/" + attribute.Name
		attribute.Label, attribute.Visible = attribute.Name, !attribute.Auto
	}
	return wire.EntityMeta{
		Href: wire.RouteV1 + name + "/meta", HrefCollection: wire.RouteV1 + name, Name: name, Label: label,
		Attributes: attributes, LabelAttribute: labelAttribute, IDAttribute: "id", Writable: true,
	}
}

// Changes returns the values that differ from those of the row.
func (r Row) Changes(values map[string]any) (map[string]any, error) {
	changes := map[string]any{}
	for name, value := range values {
		encoded, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		if current, known := r.Text(name); !known || current != textIn(encoded) {
			changes[name] = value
		}
	}
	return changes, nil
}
