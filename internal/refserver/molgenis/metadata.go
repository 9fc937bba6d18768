package molgenis

import (
	"net/http"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/molgenis/failure"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/table"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// attributeV1 returns the description of one attribute.
func (h *Handler) attributeV1(c call, e entity) (response, error) {
	meta, name := e.meta(), c.parts[1]
	i := slices.IndexFunc(meta.Attributes, func(a wire.Attribute) bool { return a.Name == name })
	if i < 0 {
		return response{}, failure.New(http.StatusNotFound, "Unknown attribute '%s' of entity type '%s'.", name, meta.Label)
	}
	return inJSON(http.StatusOK, meta.Attributes[i])
}

// metadata returns the description of an entity in the format of the metadata API. The
// entities have no parents, so it is the same whatever the query asks for.
func (h *Handler) metadata(_ call, e entity) (response, error) {
	meta := e.meta()
	href := wire.RouteMetadata + meta.Name
	attributes := wire.MetadataAttributes{Href: href + "/attributes"}
	for i, attribute := range meta.Attributes {
		data := wire.MetadataAttributeData{
			ID: meta.Name + "." + attribute.Name, Name: attribute.Name, SequenceNr: i, Type: metadataType(attribute.FieldType),
			IDAttribute: attribute.Name == meta.IDAttribute, LabelAttribute: attribute.Name == meta.LabelAttribute,
			Label: attribute.Label, Nullable: attribute.Nillable, Auto: attribute.Auto, Visible: attribute.Visible,
			Unique: attribute.Unique, ReadOnly: attribute.ReadOnly,
		}
		if attribute.FieldType == table.Reference {
			data.RefEntityType = &wire.MetadataLinks{Self: wire.RouteMetadata + wire.EntityUser}
		}
		attributes.Items = append(attributes.Items, wire.MetadataAttribute{Href: attributes.Href + "/" + data.ID, Data: data})
	}
	return inJSON(http.StatusOK, wire.MetadataResponse{
		Href: href, Data: wire.Metadata{ID: meta.Name, Label: meta.Label, Attributes: attributes},
	})
}

// metadataType returns the name of a type in the metadata API: DATE_TIME is datetime.
func metadataType(fieldType string) string {
	return strings.ToLower(strings.ReplaceAll(fieldType, "_", ""))
}
