package directory

// Rule is a condition on the tags and the properties of a project. Create one with
// the functions below.
type Rule struct {
	Kind       RuleKind
	Key, Value string // a tag or the key of a property, and its value
	Rules      []Rule
}

// RuleKind says what a rule checks.
type RuleKind int

// The kinds of rules. AllRules of none is true, AnyRule of none is false.
const (
	AllRules RuleKind = iota
	AnyRule
	TagThere
	PropertyThere
	PropertyEquals
)

// MaxRules is how many rules one query can have in total.
const MaxRules = 100

// HasTag matches projects with a tag.
func HasTag(tag string) Rule { return Rule{Kind: TagThere, Key: tag} }

// HasProperty matches projects with a property of any value.
func HasProperty(key string) Rule { return Rule{Kind: PropertyThere, Key: key} }

// PropertyIs matches projects with a property of that value.
func PropertyIs(key, value string) Rule { return Rule{Kind: PropertyEquals, Key: key, Value: value} }

// AllOf matches if all rules do; without rules it is true.
func AllOf(rules ...Rule) Rule { return Rule{Kind: AllRules, Rules: rules} }

// AnyOf matches if one of the rules does; without rules it is false.
func AnyOf(rules ...Rule) Rule { return Rule{Kind: AnyRule, Rules: rules} }

// count returns the number of rules in a rule, itself included.
func (r Rule) count() int {
	n := 1
	for _, rule := range r.Rules {
		n += rule.count()
	}
	return n
}
