package directory

import "slices"

// Rule is a condition on the tags and the properties of a project.
type Rule func(Project) bool

// HasTag asks for a tag.
func HasTag(tag string) Rule {
	return func(p Project) bool { return slices.Contains(p.Tags, tag) }
}

// HasProperty asks for a property, whatever its value.
func HasProperty(key string) Rule {
	return func(p Project) bool {
		_, has := p.Properties[key]
		return has
	}
}

// PropertyIs asks for a property with that value.
func PropertyIs(key, value string) Rule {
	return func(p Project) bool {
		got, has := p.Properties[key]
		return has && got == value
	}
}

// AllOf asks for everything; of nothing, that is true.
func AllOf(rules ...Rule) Rule {
	return func(p Project) bool {
		return !slices.ContainsFunc(rules, func(rule Rule) bool { return !rule(p) })
	}
}

// AnyOf asks for one of the rules; of nothing, that is false.
func AnyOf(rules ...Rule) Rule {
	return func(p Project) bool {
		return slices.ContainsFunc(rules, func(rule Rule) bool { return rule(p) })
	}
}
