package platform

import (
	"strings"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/molgenis"
)

// Type says which protocol a server speaks.
type Type string

// The types, by the names of the setting. An account keeps the one that it was
// made with.
const (
	TypeUnknown  Type = "" // Detect finds it out
	TypeDNAnexus Type = "dnanexus"
	TypeMOLGENIS Type = "molgenis" // the classic one, with REST
	TypeEMX2     Type = "emx2"     // the present MOLGENIS, with GraphQL
)

// Name returns what people call a platform of the type.
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

// isMOLGENIS is true for both of its generations.
func (t Type) isMOLGENIS() bool { return t == TypeMOLGENIS || t == TypeEMX2 }

// IsKnown is false until a setting, an account or Detect says the type.
func (t Type) IsKnown() bool { return t != TypeUnknown }

// HasProjects is true where a user selects a project to work in.
func (t Type) HasProjects() bool { return !t.isMOLGENIS() }

// HasAuthServer is true where people sign in at another server than that of the
// API.
func (t Type) HasAuthServer() bool { return !t.isMOLGENIS() }

// HasPath is true where a server may be below a path of its host. The variables of
// dx, and the programs that read them, have no place for a path.
func (t Type) HasPath() bool { return t.isMOLGENIS() }

// TakesExpiry is true where the client asks for the end of a session.
func (t Type) TakesExpiry() bool { return !t.isMOLGENIS() }

// TakesTokenExpiry is true where the client asks for the end of a token.
func (t Type) TakesTokenExpiry() bool { return t != TypeEMX2 }

// ShortensTokens is true where a token can be made to end earlier than it was to.
func (t Type) ShortensTokens() bool { return t != TypeEMX2 }

// ForDX is true for the servers that dx and programs like it speak to.
func (t Type) ForDX() bool { return !t.isMOLGENIS() }

// EndsBySignature is true where a session can be ended with another one of its user, as
// SignOutOther does.
func (t Type) EndsBySignature() bool { return !t.isMOLGENIS() }

// TokenType returns the type of a token that somebody already has, for Access.
func (t Type) TokenType() string {
	if t.isMOLGENIS() {
		return molgenis.CredentialToken
	}
	return dnanexus.DefaultTokenType
}

// AboutUserName describes what a user types as the user name.
func (t Type) AboutUserName() string {
	if t == TypeEMX2 {
		return "user name (mostly the e-mail address)"
	}
	return "user name (not the e-mail address)"
}

// UserName returns the name by which a user signs in.
func (t Type) UserName(user User) string {
	if t.isMOLGENIS() {
		return user.Name
	}
	return strings.TrimPrefix(user.ID, dnanexus.ClassUser+"-")
}

// BeginsTokenID is true for what can be the beginning of a token's ID, of at
// least so many characters where the type says how they look.
func (t Type) BeginsTokenID(text string, atLeast int) bool {
	return t.isMOLGENIS() || dnanexus.BeginsSignature(text, atLeast)
}
