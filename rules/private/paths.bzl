"""Where files are in the runfiles of a target."""

def _runfiles_path(ctx, file):
    """The path of a file relative to the runfiles root.

    A file of another repository has a short path "../repository/x". The names differ (armadillo_pydeps by
    WORKSPACE, armadillo~~python~armadillo_pydeps under bzlmod), so they are always taken from the file.

    Args:
      ctx: the rule's context.
      file: (File) source file, source directory or output.

    Returns:
      (string) for example "_main/tests/smoke/test_x.py".
    """
    if file.short_path.startswith("../"):
        return file.short_path[3:]
    return ctx.workspace_name + "/" + file.short_path

def _package_path(ctx, label):
    """The runfiles path of a package's folder."""
    repository = label.workspace_name or ctx.workspace_name
    return repository + ("/" + label.package if label.package else "")

def _repository_path(ctx, label):
    """The runfiles path of the root of a label's repository."""
    return label.workspace_name or ctx.workspace_name

def _merge(runfiles, others):
    """All runfiles in one; runfiles.merge_all() is from Bazel 5."""
    for other in others:
        runfiles = runfiles.merge(other)
    return runfiles

def _label_text(label):
    """A label as users write it: Bazel 7 spells labels of the main repository with "@@"."""
    repository = "@" + label.workspace_name if label.workspace_name else ""
    return "%s//%s:%s" % (repository, label.package, label.name)

paths = struct(
    label_text = _label_text,
    merge = _merge,
    package_path = _package_path,
    repository_path = _repository_path,
    runfiles_path = _runfiles_path,
)
