"""The small shell script that finds the runfiles and becomes a Python program."""

load(":paths.bzl", "paths")

# -S: the interpreter's own site-packages stay out, or pytest would load whatever plug-ins a machine has.
# The program's own path is asked first: a program in another one's runfiles has all it needs there, and a server
# is started with an environment that says nothing of Bazel.
# A remote worker whose input root is "/" says "//bazel-out/...", which Python takes for another path than "/bazel-out/...".
_LAUNCHER = """\
#!/bin/sh
# {label}: written by Bazel.
case "$0" in
*.runfiles/*) R="${{0%.runfiles/*}}.runfiles" ;;
*) R="$0.runfiles" ;;
esac
[ -d "$R" ] || R="${{TEST_SRCDIR:-${{RUNFILES_DIR:-$(readlink -f "$0").runfiles}}}}"
case "$R" in /*) ;; *) R="$PWD/$R" ;; esac
R="/${{R#"${{R%%[!/]*}}"}}"
{directories}export PYTHONPATH="{import_path}" PYTHONDONTWRITEBYTECODE=1 PYTHONNOUSERSITE=1
{exports}exec {interpreter} -s -S -P {arguments} "$@"
"""

# Bazel 4 sends a source directory to remote workers at its own path and not into the runfiles, where it is a link here.
_DIRECTORY = """\
D="${{R%%/bazel-out/*}}/external/{path}"
if [ ! -e "$R/{path}" ] && [ -d "$D" ]; then ln -s "$D" "$R/{path}"; fi
"""
_SITE_PACKAGES = "/site-packages"

def quote(text):
    """One shell word.

    Args:
      text: (string) the word; a leading $R is the runfiles root, all else is taken as it is.

    Returns:
      (string)
    """
    root = ""
    if text == "$R" or text.startswith("$R/"):
        root = '"$R"'
        text = text[2:]
    return root + "'" + text.replace("'", "'\\''") + "'"

def link_directories(imports):
    """Lines of the script that make source directories of other repositories appear in the runfiles of remote workers.

    Args:
      imports: (list of string) runfiles paths of an import path.

    Returns:
      (string)
    """
    places = {path: True for path in imports if path.endswith(_SITE_PACKAGES)}
    return "".join([_DIRECTORY.format(path = path) for path in places])

def launcher_text(label, interpreter, import_path, links, env, arguments):
    """The script.

    Args:
      label: (string) the target, for readers.
      interpreter: (string) shell word of the interpreter.
      import_path: (string) value of PYTHONPATH, in double quotes.
      links: (string) see link_directories.
      env: (dict) environment variables; a leading "$R/" in a value is the runfiles root.
      arguments: (string) shell words for the interpreter.

    Returns:
      (string)
    """
    return _LAUNCHER.format(
        arguments = arguments,
        directories = links,
        exports = "".join(["export %s=%s\n" % (name, quote(env[name])) for name in sorted(env)]),
        import_path = import_path,
        interpreter = interpreter,
        label = label,
    )

def write_launcher(ctx, interpreter, imports, arguments, env = {}, keep_import_path = False):
    """Declares and writes the launcher of a Python program, named like the target.

    Args:
      ctx: the rule's context.
      interpreter: (string) absolute path of the interpreter.
      imports: (list of string) runfiles paths, the first wins.
      arguments: (list of string) the interpreter's arguments; a leading "$R/" is the runfiles root.
      env: (dict) environment variables; a leading "$R/" in a value is the runfiles root.
      keep_import_path: (bool) whether a PYTHONPATH of the caller stays, after ours.

    Returns:
      (File) the executable.
    """
    launcher = ctx.actions.declare_file(ctx.label.name)
    import_path = ":".join(["$R/" + path for path in imports])
    ctx.actions.write(launcher, launcher_text(
        paths.label_text(ctx.label),
        interpreter = quote(interpreter),
        import_path = import_path + ("${PYTHONPATH:+:$PYTHONPATH}" if keep_import_path else ""),
        links = link_directories(imports),
        env = env,
        arguments = " ".join([quote(argument) for argument in arguments]),
    ), is_executable = True)
    return launcher

def python_runfiles(ctx, files, targets):
    """The runfiles of a launcher: files, and all that targets need to run.

    Args:
      ctx: the rule's context.
      files: (list of File) files of the rule's own.
      targets: (list of Target) deps and data.

    Returns:
      (runfiles)
    """
    own = ctx.runfiles(
        files = files,
        transitive_files = depset(transitive = [target[DefaultInfo].files for target in targets]),
    )
    return paths.merge(own, [target[DefaultInfo].default_runfiles for target in targets])
