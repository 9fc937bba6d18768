package main

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// What makes a package one that is watched whole, and what does not.
func TestWholePackages(t *testing.T) {
	for name, c := range map[string]struct {
		code  string
		whole bool
	}{
		"a goroutine":               {"func f() { go g() }", true},
		"a goroutine of a group":    {"func f(all group) { all.Go(g) }", true},
		"a function after a time":   {"func f() { time.AfterFunc(1, g) }", true},
		"a channel":                 {"type t struct{ done <-chan int }", true},
		"a receipt":                 {"func f() { <-g() }", true},
		"a lock":                    {"import \"sync\"\nvar l sync.Mutex", true},
		"an atomic value":           {"import \"sync/atomic\"\nvar n atomic.Int64", true},
		"one thing after the other": {"func f() { g(); defer g() }", false},
		"a field with such a name":  {"func f(v version) { g(v.Go) }", false},
	} {
		t.Run(name, func(t *testing.T) {
			lists, err := read(module(map[string]string{"p/p.go": c.code, "p/p_test.go": "func TestIt(t *testing.T) {}"}))
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(lists.whole, "p") != c.whole || slices.Contains(lists.rest, "p") == c.whole {
				t.Errorf("whole %v, rest %v", lists.whole, lists.rest)
			}
		})
	}
}

// Of a package that is not watched whole, tests are that start goroutines, themselves or by
// what their file has, and those of the same name.
func TestTestsOfOtherPackages(t *testing.T) {
	lists, err := read(module(map[string]string{
		"p/p.go": "func f() {}",
		"p/a_test.go": `
func TestItself(t *testing.T)  { go f() }
func TestByAFunction(t *testing.T) { race() }
func TestByAMethod(t *testing.T) { new(racers).start() }
func TestOfOneThing(t *testing.T) { again() }
func TestMain(m *testing.M) { go f() }
func race() { again(); all.Go(f) }
func again() { again() }
type racers struct{}
func (racers) start() { results := make(chan int); results <- 1 }`,
		"p/b_test.go":          "func TestBySomethingElsewhere(t *testing.T) { race() }\nfunc FuzzIt(f *testing.F) { go f() }",
		"q/q_test.go":          "func TestItself(t *testing.T) {}",
		"r/r_test.go":          "func TestOfOneThing(t *testing.T) {}",
		"untested/u.go":        "func f() { go f() }",
		"cmd/dxauth/main.go":   "func f() { go f() }",
		"cmd/dxauth/a_test.go": "func TestProcesses(t *testing.T) { go f() }",
		"nested/go.mod":        "",
		"nested/a_test.go":     "func TestNested(t *testing.T) { go f() }",
		"p/testdata/a_test.go": "func TestData(t *testing.T) { go f() }",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"FuzzIt", "TestByAFunction", "TestByAMethod", "TestItself"}; !slices.Equal(lists.tests, want) {
		t.Errorf("tests %v, want %v", lists.tests, want)
	}
	if !slices.Equal(lists.partly, []string{"p", "q"}) || !slices.Equal(lists.rest, []string{"cmd/dxauth", "p", "q", "r"}) || len(lists.whole) > 0 {
		t.Errorf("partly %v, rest %v, whole %v", lists.partly, lists.rest, lists.whole)
	}
}

// A file that does not parse is an error, and not a package that nobody watches.
func TestAFileThatDoesNotParse(t *testing.T) {
	if _, err := read(module(map[string]string{"p/p.go": "func {"})); err == nil || !strings.Contains(err.Error(), "p/p.go") {
		t.Errorf("got %v", err)
	}
}

// module returns the files of a module, all of which are of package p.
func module(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{"go.mod": {}}
	for name, code := range files {
		if strings.HasSuffix(name, ".go") {
			code = "package p\n" + code + "\n"
		}
		m[name] = &fstest.MapFile{Data: []byte(code)}
	}
	return m
}
