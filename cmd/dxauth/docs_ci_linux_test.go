package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Commands of jobs that need the network, and what runs them instead.
var ciNotRun = map[string]string{
	"go install github.com/dxauth/dxauth/cmd/dxauth@latest": "make packages, from the sources",
}

// ciStep is what a job runs in one shell.
type ciStep struct {
	env   map[string]string
	shell []string // which reads the commands as its last argument
	text  string
}

// followFile runs the jobs of a file for a CI: the workflow of GitHub, the pipeline of
// GitLab, or the Jenkinsfile. Each step gets the shell that the CI gives it. A yaml
// block of another kind is data, which the tests of its format read.
func (r *reader) followFile(b block) {
	r.t.Helper()
	jobs := jenkinsSteps(b.text)
	if b.lang == "yaml" {
		var file map[string]any
		if err := yaml.Unmarshal([]byte(b.text), &file); err != nil {
			r.t.Errorf("%s: %v", b, err)
			return
		}
		jobs = slices.Concat(githubSteps(r.t, b), gitlabSteps(r.t, b), r.kubernetesSteps(b))
	}
	variables := r.idTokenVariables(b)
	for _, s := range jobs {
		if r.issuers != nil {
			delete(s.env, "DXAUTH_TOKEN") // the job has no secret
		}
		maps.Copy(s.env, variables)
		r.runStep(b, s)
	}
	if len(jobs) == 0 {
		r.t.Errorf("%s: no job of GitHub, GitLab or Jenkins", b)
	}
	r.wantCleanHome(b)
}

// runStep runs a step in an environment that has no store: a CI machine.
func (r *reader) runStep(b block, s ciStep) {
	r.t.Helper()
	if ciNotRun[strings.TrimSpace(s.text)] != "" {
		return
	}
	step := exec.Command(s.shell[0], append(s.shell[1:], r.addressed(s.text))...)
	step.Dir = filepath.Join(r.root, "alice", "work")
	step.Env = append(slices.DeleteFunc(slices.Clone(r.env), func(v string) bool { return strings.HasPrefix(v, "DXAUTH_") }), "CI=true")
	for name, value := range s.env {
		step.Env = append(step.Env, name+"="+r.addressed(value))
	}
	output, err := step.CombinedOutput()
	if err != nil {
		r.t.Errorf("%s: %v\n%s\n%s", b, err, s.text, output)
	}
	if strings.Contains(string(output), ciToken) {
		r.t.Errorf("%s: the log of the job shows the token:\n%s", b, output)
	}
}

// wantCleanHome checks that no file of a job has its token.
func (r *reader) wantCleanHome(b block) {
	r.t.Helper()
	err := filepath.WalkDir(filepath.Join(r.root, "alice"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), ciToken) {
			r.t.Errorf("%s: the token is in %s after the job", b, path)
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// githubSteps returns the steps of a workflow that run commands.
func githubSteps(t *testing.T, b block) []ciStep {
	t.Helper()
	var workflow struct {
		Env  map[string]string
		Jobs map[string]struct {
			Env   map[string]string
			Steps []struct {
				Run   string
				Shell string
				Env   map[string]string
			}
		}
	}
	mustParse(t, b, &workflow)
	var list []ciStep
	for _, job := range workflow.Jobs {
		for _, s := range job.Steps {
			if s.Run == "" {
				continue
			}
			// https://docs.github.com/actions/reference/workflow-syntax: the shell that no step names is bash -e.
			step := ciStep{env: map[string]string{}, shell: []string{"bash", "-e", "-c"}, text: s.Run}
			if s.Shell == "bash" {
				step.shell = []string{"bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"}
			}
			for _, level := range []map[string]string{workflow.Env, job.Env, s.Env} {
				for name, value := range level {
					step.env[name] = githubValue(t, b, value)
				}
			}
			list = append(list, step)
		}
	}
	return list
}

// githubValue replaces the one expression that the guides use.
func githubValue(t *testing.T, b block, value string) string {
	t.Helper()
	value = regexp.MustCompile(`\$\{\{ secrets\.[A-Z_]+ \}\}`).ReplaceAllString(value, ciToken)
	if strings.Contains(value, "${{") {
		t.Errorf("%s: the test knows no value for %s", b, value)
	}
	return value
}

// gitlabSteps returns the scripts of a pipeline's jobs. What a runner sets, such as the
// masked variables, is the test's.
func gitlabSteps(t *testing.T, b block) []ciStep {
	t.Helper()
	var pipeline map[string]yaml.Node
	mustParse(t, b, &pipeline)
	var list []ciStep
	for _, node := range pipeline {
		var job struct {
			Variables map[string]string
			Before    []string `yaml:"before_script"`
			Script    []string
			After     []string `yaml:"after_script"`
		}
		if node.Kind != yaml.MappingNode || node.Decode(&job) != nil {
			continue
		}
		env := map[string]string{"DXAUTH_TOKEN": ciToken}
		for name, value := range job.Variables {
			env[name] = value
		}
		var own []string // before_script and script are one shell, after_script is another
		for _, line := range append(job.Before, job.Script...) {
			if ciNotRun[line] == "" {
				own = append(own, line)
			}
		}
		for _, lines := range [][]string{own, job.After} {
			if len(lines) > 0 {
				list = append(list, ciStep{env: env, shell: []string{"bash", "-eo", "pipefail", "-c"}, text: strings.Join(lines, "\n")})
			}
		}
	}
	return list
}

// jenkinsSteps returns the commands of a Jenkinsfile, which are in single quotes: in
// double ones Groovy would put the secret into the command.
func jenkinsSteps(text string) []ciStep {
	env := map[string]string{}
	for _, v := range regexp.MustCompile(`(?m)^\s*([A-Z_]+) = '([^']*)'`).FindAllStringSubmatch(text, -1) {
		env[v[1]] = v[2]
	}
	for _, v := range regexp.MustCompile(`([A-Z_]+) = credentials\('[^']*'\)`).FindAllStringSubmatch(text, -1) {
		env[v[1]] = ciToken
	}
	var list []ciStep
	for _, match := range regexp.MustCompile(`(?s)\bsh '''(.*?)'''|\bsh '([^'\n]*)'`).FindAllStringSubmatch(text, -1) {
		list = append(list, ciStep{env: env, shell: []string{"sh", "-xe", "-c"}, text: match[1] + match[2]})
	}
	return list
}

func mustParse(t *testing.T, b block, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(b.text), into); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
}
