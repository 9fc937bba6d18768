package molgenis

// RouteMetadata precedes the name of an entity in the metadata API of the classic
// generation.
const RouteMetadata = "/api/metadata/"

// MetadataResponse describes an entity in the metadata API.
type MetadataResponse struct {
	Href string   `json:"href"`
	Data Metadata `json:"data"`
}

// Metadata is a description of an entity.
type Metadata struct {
	ID         string             `json:"id"`
	Label      string             `json:"label"`
	Abstract   bool               `json:"abstract"`
	Attributes MetadataAttributes `json:"attributes"`
}

// MetadataAttributes are all attributes of an entity.
type MetadataAttributes struct {
	Href  string              `json:"href"`
	Items []MetadataAttribute `json:"items"`
}

// MetadataAttribute describes an attribute of an entity.
type MetadataAttribute struct {
	Href string                `json:"href"`
	Data MetadataAttributeData `json:"data"`
}

// MetadataAttributeData is a description of an attribute. Clients read which one is
// the ID, and to which entity a reference leads.
type MetadataAttributeData struct {
	ID             string         `json:"id"`
	Name           string         `json:"name"`
	SequenceNr     int            `json:"sequenceNr"`
	Type           string         `json:"type"` // string, bool, datetime, xref, email
	IDAttribute    bool           `json:"idAttribute"`
	LabelAttribute bool           `json:"labelAttribute"`
	RefEntityType  *MetadataLinks `json:"refEntityType,omitempty"`
	Label          string         `json:"label"`
	Nullable       bool           `json:"nullable"`
	Auto           bool           `json:"auto"`
	Visible        bool           `json:"visible"`
	Unique         bool           `json:"unique"`
	ReadOnly       bool           `json:"readOnly"`
}

// MetadataLinks leads to the description of an entity.
type MetadataLinks struct {
	Self string `json:"self"`
}
