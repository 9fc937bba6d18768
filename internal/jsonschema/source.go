package jsonschema

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// Source is the source of a module, from which comments and constants are read.
type Source struct {
	module, dir string
	packages    map[string]*declarations // by import path
}

// NewSource returns the source of a module that is in a folder.
func NewSource(module, dir string) *Source {
	return &Source{module: module, dir: dir, packages: map[string]*declarations{}}
}

// declarations are what a package says of its types, by their names.
type declarations struct {
	types     map[string]string            // comments
	fields    map[string]map[string]string // comments of the fields
	constants map[string][]string          // values of the constants of a string type
}

// typeComment returns what the comment of a named type of the module says it is:
// "a time in milliseconds" of "// Millis is a time in milliseconds.".
func (s *Source) typeComment(t reflect.Type) (string, error) {
	found, err := s.declarations(t)
	if found == nil {
		return "", err
	}
	return strings.TrimPrefix(found.types[t.Name()], t.Name()+" is "), nil
}

func (s *Source) fieldComment(t reflect.Type, field string) (string, error) {
	found, err := s.declarations(t)
	if found == nil {
		return "", err
	}
	return found.fields[t.Name()][field], nil
}

func (s *Source) constants(t reflect.Type) ([]string, error) {
	found, err := s.declarations(t)
	if found == nil {
		return nil, err
	}
	return found.constants[t.Name()], nil
}

// declarations returns nil for a type that is not named, or not of the module.
func (s *Source) declarations(t reflect.Type) (*declarations, error) {
	folder, isOurs := strings.CutPrefix(t.PkgPath(), s.module+"/")
	if !isOurs {
		return nil, nil
	}
	if known := s.packages[t.PkgPath()]; known != nil {
		return known, nil
	}
	files, err := filepath.Glob(filepath.Join(s.dir, filepath.FromSlash(folder), "*.go"))
	if err == nil && files == nil {
		err = fmt.Errorf("no source of %s in %s", t.PkgPath(), s.dir)
	}
	if err != nil {
		return nil, err
	}
	read := &declarations{types: map[string]string{}, fields: map[string]map[string]string{}, constants: map[string][]string{}}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		read.add(file)
	}
	s.packages[t.PkgPath()] = read
	return read, nil
}

func (d *declarations) add(file *ast.File) {
	for _, declared := range file.Decls {
		group, ok := declared.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range group.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				d.types[spec.Name.Name] = sentence(group.Doc)
				if fields, ok := spec.Type.(*ast.StructType); ok {
					d.fields[spec.Name.Name] = fieldComments(fields)
				}
			case *ast.ValueSpec:
				d.addConstants(group.Tok, spec)
			}
		}
	}
}

// fieldComments returns the comment beside a field, or else the one above it.
func fieldComments(t *ast.StructType) map[string]string {
	comments := map[string]string{}
	for _, field := range t.Fields.List {
		text := sentence(field.Comment)
		if text == "" {
			text = sentence(field.Doc)
		}
		for _, name := range field.Names {
			comments[name.Name] = text
		}
	}
	return comments
}

func (d *declarations) addConstants(kind token.Token, spec *ast.ValueSpec) {
	of, isNamed := spec.Type.(*ast.Ident)
	if kind != token.CONST || !isNamed {
		return
	}
	for _, value := range spec.Values {
		literal, ok := value.(*ast.BasicLit)
		if !ok {
			continue
		}
		if text, err := strconv.Unquote(literal.Value); err == nil && literal.Kind == token.STRING {
			d.constants[of.Name] = append(d.constants[of.Name], text)
		}
	}
}

// sentence returns a comment on one line, without the period at its end.
func sentence(comment *ast.CommentGroup) string {
	return strings.TrimSuffix(strings.Join(strings.Fields(comment.Text()), " "), ".")
}
