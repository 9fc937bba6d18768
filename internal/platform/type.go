package platform

import (
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/molgenis"
)

// Type tells which protocol a server speaks.
type Type string

// The types, by the names of the setting. An account keeps the one that it was
// made with.
const (
	TypeDNAnexus Type = "dnanexus"
	TypeMOLGENIS Type = "molgenis" // the classic one, with REST
	TypeEMX2     Type = "emx2"     // the present MOLGENIS, with GraphQL
)

// Name is what people call a platform of the type.
func (t Type) Name() string {
	switch t {
	case TypeMOLGENIS:
		return "MOLGENIS"
	case TypeEMX2:
		return "MOLGENIS EMX2"
	default:
		return "DNAnexus"
	}
}

// IsMOLGENIS is true for both of its generations.
func (t Type) IsMOLGENIS() bool { return t == TypeMOLGENIS || t == TypeEMX2 }

// TokenType is the type of a token that somebody has, as Access wants it.
func TokenType(kind Type) string {
	if kind.IsMOLGENIS() {
		return molgenis.CredentialToken
	}
	return dnanexus.DefaultTokenType
}
