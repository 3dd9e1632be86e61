"""Runs what others run of guardhook: the pre-commit hooks with pre-commit, the
steps of the GitHub Action and of the GitLab job under their shells, as written.

    .tools/python/bin/python tools/citest.py

All come from a scratch repository with the files of this checkout, which stands in
for that of the project. Other modules come from the module cache: nothing is fetched.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MODULE = "github.com/fsxns3ap/guardhook"
VERSION = "v0.1.0"  # of the examples in docs/ci.md
GOOD = "Resources: {Topic: {Type: 'AWS::SNS::Subscription', Properties: {Protocol: sqs}}}\n"
BAD = "Resources: {Ingress: {Type: 'AWS::EC2::SecurityGroupIngress', Properties: {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}}}\n"
RULE = "SECURITY_GROUP_ADMIN_PORT_OPEN"
HOSTILE = ["$(touch pwned)", "`touch pwned`", "; touch pwned #", "\"; touch pwned; \"", "'; touch pwned; '", "x\n$(touch pwned)"]


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def write(folder, files):
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)


def run(args, cwd, env, code=0):
    """Returns standard output and standard error; another exit code is an error."""
    p = subprocess.run(args, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if code is not None and p.returncode != code:
        raise AssertionError(f"{args}: exit code {p.returncode}, not {code}:\n{p.stdout}")
    return p.stdout


class World:
    """The scratch folders, and the environment of every command."""

    def __init__(self, folder):
        self.folder = folder
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "GITHUB_", "PRE_COMMIT", "XDG_"))}
        modules, builds = run(["go", "env", "GOMODCACHE", "GOCACHE"], ROOT, self.env).splitlines()
        self.source = os.path.join(folder, "source")
        write(folder, {"home/.gitconfig": f'[user]\n\tname = test\n\temail = test@example.com\n[url "{self.source}"]\n\tinsteadOf = https://{MODULE}\n'})
        self.env |= {
            "CGO_ENABLED": "0",
            "GOFLAGS": "-trimpath -buildvcs=false -modcacherw -ldflags=-s",
            "GOMODCACHE": modules,
            "GOPROXY": "off",
            "GOCACHE": builds,
            "HOME": os.path.join(folder, "home"),
            "PRE_COMMIT_HOME": os.path.join(folder, "pre-commit"),
            "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"],
        }
        # "go install" fetches the module from the repository by its tag, and the
        # others from nowhere: the module cache has them.
        self.release = self.env | {"GOMODCACHE": self.cache(modules), "GOPRIVATE": MODULE, "GOSUMDB": "off"}
        self.checkout()

    def cache(self, modules):
        """A module cache that has what another has, by links, and leaves that alone."""
        own = os.path.join(self.folder, "modules")
        for path in "", "github.com", "cache", "cache/download", "cache/download/github.com":
            os.makedirs(os.path.join(own, path))
        for path in "", "github.com", "cache/download", "cache/download/github.com":
            for name in os.listdir(os.path.join(modules, path)):
                if name not in ("github.com", "cache"):
                    os.symlink(os.path.join(modules, path, name), os.path.join(own, path, name))
        return own

    def checkout(self):
        """Makes a repository with one commit: the files of this checkout."""
        names = run(["git", "ls-files", "-coz", "--exclude-standard"], ROOT, self.env).split("\0")
        self.repository("source")
        for name in filter(None, names):
            if os.path.isfile(os.path.join(ROOT, name)):
                os.makedirs(os.path.dirname(os.path.join(self.source, name)), exist_ok=True)
                shutil.copy2(os.path.join(ROOT, name), os.path.join(self.source, name))
        self.commit(self.source)
        run(["git", "tag", VERSION], self.source, self.env)

    def repository(self, name):
        path = os.path.join(self.folder, name)
        run(["git", "init", "--quiet", "--initial-branch", "main", path], self.folder, self.env)
        return path

    def commit(self, repository, code=0):
        run(["git", "add", "--all"], repository, self.env)
        return run(["git", "commit", "--quiet", "--message", "test"], repository, self.env, code)


WORLD = None


def setUpModule():
    global WORLD
    folder = tempfile.mkdtemp(prefix="guardhook-ci-")
    unittest.addModuleCleanup(shutil.rmtree, folder)
    WORLD = World(folder)


class PreCommit(unittest.TestCase):
    def config(self, **hook):
        return yaml.safe_dump({"repos": [{"repo": "https://" + MODULE, "rev": VERSION, "hooks": [hook]}]})

    def test_commit(self):
        repository = WORLD.repository("adopter")
        write(repository, {
            ".pre-commit-config.yaml": self.config(id="guardhook"),
            "guardhook.yaml": "version: 1\n",
            ".github/workflows/build.yaml": "on: push\n",
            "cloudformation/it is good.yaml": GOOD,
        })
        run(["pre-commit", "install"], repository, WORLD.env)
        WORLD.commit(repository)
        good = run(["git", "rev-parse", "HEAD"], repository, WORLD.env)

        write(repository, {"api/template.yaml": BAD})
        self.assertIn(RULE, WORLD.commit(repository, code=1))
        self.assertEqual(good, run(["git", "rev-parse", "HEAD"], repository, WORLD.env))

        write(repository, {"api/template.yaml": "Resources: {A: {Type: x, Type: y}}\n"})
        self.assertIn("api/template.yaml", WORLD.commit(repository, code=1))

        write(repository, {"api/template.yaml": GOOD})
        WORLD.commit(repository)

    def test_folder(self):
        repository = WORLD.repository("folders")
        write(repository, {".pre-commit-config.yaml": self.config(id="guardhook-folder", args=["infra"]), "infra/a.json": GOOD, "infra/values.yaml": "a: 1\n", "b.yaml": BAD})
        WORLD.commit(repository)
        check = ["pre-commit", "run", "--all-files"]
        run(check, repository, WORLD.env)
        write(repository, {"infra/deep/a.json": BAD})
        WORLD.commit(repository)
        self.assertIn("infra/deep/a.json:1:", run(check, repository, WORLD.env, code=1))

    def test_baseline(self):
        """What the baseline has passes; the next commit shows what is new, and no more."""
        repository = WORLD.repository("baseline")
        write(repository, {".pre-commit-config.yaml": self.config(id="guardhook-folder", args=["--write-baseline=known.json", "."]), "old.yaml": BAD})
        run(["git", "add", "--all"], repository, WORLD.env)
        run(["pre-commit", "run"], repository, WORLD.env)
        write(repository, {".pre-commit-config.yaml": self.config(id="guardhook-folder", args=["--baseline=known.json", "."])})
        run(["pre-commit", "install"], repository, WORLD.env)
        WORLD.commit(repository)
        write(repository, {"new.yaml": BAD})
        log = WORLD.commit(repository, code=1)
        self.assertIn(f"new.yaml:1:127: CRITICAL {RULE}", log)
        self.assertNotIn("old.yaml", log)

    def test_program_only(self):
        """The hook of docs/ci.md that installs one program."""
        (config,) = documented("additional_dependencies")
        repository = WORLD.repository("local")
        write(repository, {".pre-commit-config.yaml": config, "cloudformation/a.yaml": BAD})
        WORLD.commit(repository)
        self.assertIn(RULE, run(["pre-commit", "run", "--all-files"], repository, WORLD.release, code=1))


class Runner:
    """Runs the steps of action.yml as GitHub's runner does."""

    def __init__(self, workspace, env):
        self.workspace = workspace
        self.action = yaml.safe_load(read(os.path.join(WORLD.source, "action.yml")))
        temp = os.path.join(WORLD.folder, "runner")
        self.summary = os.path.join(temp, "summary")
        self.program = os.path.join(temp, "guardhook", "bin", "validate")
        self.env = env | {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": workspace,
            "GITHUB_STEP_SUMMARY": self.summary,
            "RUNNER_TEMP": temp,
        }
        write(temp, {"summary": ""})
        self.temp = temp
        self.log = ""

    def use(self, **inputs):
        """Returns the exit code of the first step that fails, and the outputs."""
        known = self.action["inputs"]
        inputs = {k.replace("_", "-"): v for k, v in inputs.items()}
        assert inputs.keys() <= known.keys(), inputs
        values = {"github.action_path": WORLD.source}
        values |= {f"inputs.{k}": inputs.get(k, v.get("default", "")) for k, v in known.items()}
        code = 0
        for n, step in enumerate(self.action["runs"]["steps"]):
            code = self.step(n, step, values)
            if code:
                break
        return code, {k: self.expand(v["value"], values) for k, v in self.action["outputs"].items()}

    def expand(self, text, values):
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda m: values.get(m[1], "") if m[1].startswith("steps.") else values[m[1]], text)

    def step(self, n, step, values):
        assert step["shell"] == "bash", step
        assert "${{" not in step["run"], "an input could become part of the script"
        write(self.temp, {f"{n}.sh": step["run"], f"{n}.out": ""})
        output = os.path.join(self.temp, f"{n}.out")
        env = self.env | {k: self.expand(v, values) for k, v in step["env"].items()} | {"GITHUB_OUTPUT": output}
        script = os.path.join(self.temp, f"{n}.sh")
        p = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", script], cwd=self.workspace, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.log += p.stdout
        for line in read(output).splitlines():
            name, value = line.split("=", 1)
            values[f"steps.{step['id']}.outputs.{name}"] = value
        return p.returncode


def results(sarif):
    """Rule and file of each finding in a SARIF report that no baseline has."""
    found = json.loads(read(sarif))["runs"][0]["results"]
    return [(r["ruleId"], r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) for r in found if not r.get("suppressions")]


class Action(unittest.TestCase):
    def setUp(self):
        self.workspace = WORLD.repository(self.id())
        self.runner = Runner(self.workspace, WORLD.env)

    def tearDown(self):
        for folder in self.workspace, self.runner.temp, WORLD.source:
            self.assertFalse(os.path.exists(os.path.join(folder, "pwned")), "a name or an input was executed")

    def test_good(self):
        write(self.workspace, {"a.yaml": GOOD, "values.yaml": "a: 1\n"})
        code, outputs = self.runner.use()
        self.assertEqual((0, "0"), (code, outputs["exit-code"]), self.runner.log)
        self.assertEqual([], results(outputs["sarif"]))
        self.assertIn("1 template", read(self.runner.summary))
        self.assertNotIn("::error", self.runner.log)

    def test_bad(self):
        write(self.workspace, {"a.yaml": GOOD, "b.yaml": BAD})
        code, outputs = self.runner.use(outputs="json=all of it.json\njunit=junit.xml\n")
        self.assertEqual((1, "1"), (code, outputs["exit-code"]), self.runner.log)
        self.assertEqual([(RULE, "b.yaml")], results(outputs["sarif"]))
        self.assertRegex(self.runner.log, rf"(?m)^::error .*file=b\.yaml.*{RULE}")
        self.assertIn(RULE, read(self.runner.summary))
        self.assertEqual("fail", json.loads(read(os.path.join(self.workspace, "all of it.json")))["summary"]["status"])

    def test_not_judged(self):
        write(self.workspace, {"a.yaml": BAD, "b.yaml": "Resources: {A: {Type: x, Type: y}}\n"})
        code, outputs = self.runner.use(paths="a.yaml\nb.yaml")
        self.assertEqual((2, "2"), (code, outputs["exit-code"]), self.runner.log)
        self.assertEqual([(RULE, "a.yaml")], results(outputs["sarif"]))

    def test_baseline(self):
        write(self.workspace, {"old.yaml": BAD})
        code, _ = self.runner.use()
        self.assertEqual(1, code, self.runner.log)
        run([self.runner.program, "--write-baseline", "known.json", "."], self.workspace, WORLD.env)
        code, _ = self.runner.use(baseline="known.json")
        self.assertEqual(0, code, self.runner.log)
        WORLD.commit(self.workspace)

        write(self.workspace, {"new.yaml": BAD})
        WORLD.commit(self.workspace)
        for inputs in {"baseline": "known.json"}, {"changed-since": "HEAD~1"}:
            with self.subTest(inputs=inputs):
                runner = Runner(self.workspace, WORLD.env)
                code, outputs = runner.use(**inputs)
                self.assertEqual(1, code, runner.log)
                self.assertEqual(["new.yaml"], re.findall(r"(?m)^::error file=([^,]*)", runner.log))
                self.assertEqual([(RULE, "new.yaml")], results(outputs["sarif"]))
        code, _ = Runner(self.workspace, WORLD.env).use(changed_since="HEAD")
        self.assertEqual(0, code)

    def test_paths(self):
        names = ["with space.yaml", "$(touch pwned).yaml", "`touch pwned`.yaml", "; touch pwned #.yaml", "-v.yaml", "it's \"so\".yaml"]
        write(self.workspace, {"folder of/" + n: BAD for n in names} | {n: BAD for n in names})
        code, outputs = self.runner.use(paths="folder of\n" + "\n".join(names) + "\n")
        self.assertEqual(1, code, self.runner.log)
        self.assertEqual(2 * len(names), len(results(outputs["sarif"])))

    def test_inputs(self):
        """No input is executed."""
        write(self.workspace, {"a.yaml": GOOD})
        inputs = self.runner.action["inputs"].keys() - {"version"}
        for text in HOSTILE:
            with self.subTest(text):
                code, _ = self.runner.use(**dict.fromkeys(inputs, text))
                self.assertEqual(64, code, self.runner.log)
                code, _ = self.runner.use(version=text)
                self.assertEqual(2, code, self.runner.log)

    def test_version(self):
        write(self.workspace, {"a.yaml": BAD})
        runner = Runner(self.workspace, WORLD.release)
        code, outputs = runner.use(version=VERSION, paths="a.yaml")
        self.assertEqual(1, code, runner.log)
        self.assertEqual([(RULE, "a.yaml")], results(outputs["sarif"]))
        for version in "latest", "v1", "v1.2.3;x", "../v1.2.3", "v1.2.3-$(x)":
            code, _ = Runner(self.workspace, WORLD.release).use(version=version)
            self.assertEqual(2, code, version)


class GitLab(unittest.TestCase):
    def job(self, shell, files, code, **inputs):
        """Runs the job of ci/gitlab.yml; returns its output and the files of its reports."""
        spec, jobs = yaml.safe_load_all(read(os.path.join(WORLD.source, "ci/gitlab.yml")))
        known = spec["spec"]["inputs"]
        inputs = {"version": VERSION} | {k.replace("_", "-"): v for k, v in inputs.items()}
        assert inputs.keys() <= known.keys(), inputs
        job = jobs["guardhook"]
        script = "\n".join(job["before_script"] + job["script"])
        self.assertNotIn("$[[", script, "an input could become part of the script")
        workspace = os.path.join(WORLD.folder, "gitlab")
        for name in os.listdir(workspace) if os.path.isdir(workspace) else []:
            if name != ".guardhook":  # the program
                path = os.path.join(workspace, name)
                shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
        write(workspace, files)
        env = WORLD.release | {"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_DIR": workspace}
        for name, value in job["variables"].items():
            if isinstance(value, dict):
                self.assertIs(value["expand"], False)
                value = re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda m: inputs.get(m[1], known[m[1]].get("default")), value["value"])
            env[name] = value
        log = run([*shell, "-c", script], workspace, env, code)
        self.assertFalse(os.path.exists(os.path.join(workspace, "pwned")), "a name or an input was executed")
        return log, {k: os.path.join(workspace, v) for k, v in job["artifacts"]["reports"].items()}

    def test_shells(self):
        for shell in ["sh", "-e"], ["bash", "-eo", "pipefail"]:
            with self.subTest(shell[0]):
                self.job(shell, {"a b/c.yaml": GOOD}, 0, paths="a b")
                names = ["with space.yaml", "$(touch pwned).yaml", "*.yaml", "-v.yaml"]
                log, reports = self.job(shell, {n: BAD for n in names}, 1, paths="\n".join(n for n in names if n != "*.yaml"))
                self.assertIn(RULE, log)
                found = {i["location"]["path"] for i in json.loads(read(reports["codequality"])) if i["check_name"] == RULE}
                self.assertEqual(set(names) - {"*.yaml"}, found)
                self.assertIn(RULE, read(reports["junit"]))

    def test_inputs(self):
        """No input is executed."""
        names = "paths", "policy", "config", "fail_level", "baseline", "changed_since"
        for text in HOSTILE:
            with self.subTest(text):
                log, _ = self.job(["sh", "-e"], {"a.yaml": GOOD}, 64, **dict.fromkeys(names, text))
                self.assertIn("touch pwned", log)


def documented(word):
    """The YAML examples of docs/ci.md that have a word."""
    return [e for e in re.findall(r"(?ms)^```yaml\n(.*?)^```", read(os.path.join(ROOT, "docs/ci.md"))) if word in e]


class Files(unittest.TestCase):
    """The files are what their readers expect, by the schemas of these."""

    def schema(self, name, text, *flags):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", dir=WORLD.folder) as f:
            f.write(text)
            f.flush()
            run(["check-jsonschema", "--builtin-schema", "vendor." + name, *flags, f.name], ROOT, WORLD.env)

    def test_action(self):
        self.schema("github-actions", read(os.path.join(ROOT, "action.yml")))

    def test_gitlab(self):
        _, job = read(os.path.join(ROOT, "ci/gitlab.yml")).split("\n---\n")
        self.schema("gitlab-ci", job)

    def test_hooks(self):
        run(["pre-commit", "validate-manifest", ".pre-commit-hooks.yaml"], ROOT, WORLD.env)

    def test_examples(self):
        examples = {"github-workflows": documented("runs-on:"), "gitlab-ci": documented("include:"), "pre-commit": documented("repos:")}
        self.assertEqual(sum(map(len, examples.values())), len(documented("")))
        for kind, texts in examples.items():
            self.assertTrue(texts, kind)
            for text in texts:
                if kind == "pre-commit":
                    write(WORLD.folder, {"config.yaml": text})
                    run(["pre-commit", "validate-config", os.path.join(WORLD.folder, "config.yaml")], ROOT, WORLD.env)
                else:
                    self.schema(kind, text)

    def test_inputs(self):
        """docs/ci.md has every input, and no other."""
        rows = set(re.findall(r"(?m)^\| `(?!guardhook)([\w-]+)` \|", read(os.path.join(ROOT, "docs/ci.md"))))
        action = yaml.safe_load(read(os.path.join(ROOT, "action.yml")))
        spec = next(yaml.safe_load_all(read(os.path.join(ROOT, "ci/gitlab.yml"))))
        self.assertEqual(action["inputs"].keys() | spec["spec"]["inputs"].keys(), rows)
        for text in documented("uses: " + MODULE.removeprefix("github.com/")):
            for job in yaml.safe_load(text)["jobs"].values():
                for step in job["steps"]:
                    if step.get("uses", "").startswith("fsxns3ap/"):
                        self.assertLessEqual(step.get("with", {}).keys(), action["inputs"].keys())


if __name__ == "__main__":
    unittest.main()
