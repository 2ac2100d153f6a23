"""The launcher of whatever starts a deployment: its text is made once for the runner, and completed for each target."""

load("@rules_python//python:defs.bzl", "PyInfo")
load(":launcher.bzl", "launcher_text", "link_directories", "quote")
load(":paths.bzl", "paths")

# What the template says where a target's own words stand.
_LABEL = "@LABEL@"
_LINKS = "@LINKS@"
_ARGUMENTS = "@ARGUMENTS@"

def runner_launcher_template(ctx, interpreter, imports):
    """The text that all launchers of the runner have in common.

    Args:
      ctx: the context of the runner's own rule.
      interpreter: (string) absolute path of the interpreter.
      imports: (list of string) the runner's import path, as runfiles paths.

    Returns:
      (string) for write_runner_launcher.
    """
    return launcher_text(
        _LABEL,
        interpreter = quote(interpreter),
        import_path = ":".join(["$R/" + path for path in imports]),
        links = link_directories(imports) + _LINKS,
        env = {"ARMADILLO_RUNFILES": "$R", "ARMADILLO_WORKSPACE": ctx.workspace_name},
        arguments = _ARGUMENTS,
    )

def write_runner_launcher(ctx, runner, spec, module = "armadillo", options = [], imports = []):
    """Declares and writes the launcher of a target that starts a deployment, named like the target.

    Args:
      ctx: the rule's context.
      runner: (ArangodbRunnerInfo)
      spec: (File) the target's spec, which is in its runfiles.
      module: (string) the program.
      options: (list of string) options before that of the spec.
      imports: (list of string) runfiles paths that processes of the run will import from, beside the runner's.

    Returns:
      (File) the executable.
    """
    launcher = ctx.actions.declare_file(ctx.label.name)
    words = ["-m", module] + options + ["--spec", "$R/" + paths.runfiles_path(ctx, spec)]
    text = runner.launcher.replace(_LINKS, link_directories(imports))
    text = text.replace(_ARGUMENTS, " ".join([quote(word) for word in words]))
    ctx.actions.write(launcher, text.replace(_LABEL, paths.label_text(ctx.label)), is_executable = True)
    return launcher

def test_imports(ctx, runner):
    """The import path of a target's Python beside the runner's: roots of repositories, then what its deps ask for.

    Args:
      ctx: context of a rule with the attribute `deps`.
      runner: (ArangodbRunnerInfo)

    Returns:
      (list of string) runfiles paths, each once.
    """
    roots = [paths.repository_path(ctx, label) for label in [ctx.label] + [dep.label for dep in ctx.attr.deps]]
    asked = depset(transitive = [dep[PyInfo].imports for dep in ctx.attr.deps]).to_list() if ctx.attr.deps else []
    seen = {path: True for path in runner.imports}
    imports = []
    for path in roots + asked:
        if path not in seen:
            seen[path] = True
            imports.append(path)
    return imports
