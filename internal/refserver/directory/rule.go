package directory

// Rule is a condition on the tags and the properties of a project. Make one
// with the functions below.
type Rule struct {
	Kind       RuleKind
	Key, Value string // a tag or the key of a property, and its value
	Rules      []Rule
}

// RuleKind says what a rule asks for.
type RuleKind int

// The kinds of rules. AllRules of none is true, AnyRule of none is false.
const (
	AllRules RuleKind = iota
	AnyRule
	TagThere
	PropertyThere
	PropertyEquals
)

// MaxRules is how many rules one query can have, all told.
const MaxRules = 100

// HasTag asks for a tag.
func HasTag(tag string) Rule { return Rule{Kind: TagThere, Key: tag} }

// HasProperty asks for a property, whatever its value.
func HasProperty(key string) Rule { return Rule{Kind: PropertyThere, Key: key} }

// PropertyIs asks for a property with that value.
func PropertyIs(key, value string) Rule { return Rule{Kind: PropertyEquals, Key: key, Value: value} }

// AllOf asks for everything; of nothing, that is true.
func AllOf(rules ...Rule) Rule { return Rule{Kind: AllRules, Rules: rules} }

// AnyOf asks for one of the rules; of nothing, that is false.
func AnyOf(rules ...Rule) Rule { return Rule{Kind: AnyRule, Rules: rules} }

// count is how many rules there are in one.
func (r Rule) count() int {
	n := 1
	for _, rule := range r.Rules {
		n += rule.count()
	}
	return n
}
