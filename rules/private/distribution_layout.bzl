"""What lies in a folder: the official tarball, a source build directory, or neither.

Official tarball (`arangodb3[e]-linux-<version>.tar.gz`): usr/sbin/arangod, client tools in usr/bin, JavaScript, ICU and
time zone data in usr/share/arangodb3. Its bin/ has shell wrappers, which are never used: signals and cores would go to
the wrong process. A package installed by apt or rpm has the same tree below "/".

Source build directory: bin/arangod beside bin/icudtl*.dat and bin/tzdata; JavaScript is in the source tree, which
CMakeCache.txt names.
"""

_CLIENT_TOOLS = [
    "arangobackup",
    "arangobench",
    "arangodb",
    "arangodump",
    "arangoexport",
    "arangoimport",
    "arangoinspect",
    "arangorestore",
    "arangosh",
    "arangovpack",
]
_LICENSES = [
    "LICENSE",
    "LICENSE.txt",
    "usr/share/arangodb3/LICENSE",
    "usr/share/arangodb3/LICENSES-OTHER-COMPONENTS.md",
    "usr/share/arangodb3/arangodb-license.txt",
    "usr/share/doc/arangodb3/LICENSE",
    "usr/share/doc/arangodb3e/LICENSE",
]

def child(path, relative):
    """The path below another one.

    Args:
      path: (path) a folder.
      relative: (string) components separated by slashes.

    Returns:
      (path) which may not exist.
    """
    for part in relative.split("/"):
        path = path.get_child(part)
    return path

def names_in(path, limit = 12):
    """What a folder holds, for messages.

    Args:
      path: (path) the folder.
      limit: (int) number of names at most.

    Returns:
      (string) sorted names, or a word for nothing.
    """
    names = sorted([entry.basename for entry in path.readdir()])
    if not names:
        return "nothing"
    return ", ".join(names[:limit]) + (", and %d more" % (len(names) - limit) if len(names) > limit else "")

def _existing(root, names):
    return [name for name in names if child(root, name).exists]

def _tarball(root):
    return struct(
        arangod = "usr/sbin/arangod",
        javascript = "js" if child(root, "usr/share/arangodb3/js").exists else "",
        layout = "tarball",
        licenses = _existing(root, _LICENSES),
        links = {},
        resources = "usr/share/arangodb3" if child(root, "usr/share/arangodb3").exists else "",
        root = root,
        tools = _existing(root, ["usr/bin/" + tool for tool in _CLIENT_TOOLS]),
    )

def _source_tree(ctx, build):
    """The source tree of a build directory: what CMake noted, else the folder above."""
    cache = child(build, "CMakeCache.txt")
    if cache.exists:
        for line in ctx.read(cache).split("\n"):
            if line.startswith("CMAKE_HOME_DIRECTORY:INTERNAL="):
                return ctx.path(line.split("=", 1)[1].strip())
    return build.dirname

def _build_directory(ctx, build):
    source = _source_tree(ctx, build)
    links = {}
    for name in ["js", "enterprise/js", "etc"]:
        if child(source, name).exists:
            links[name] = child(source, name)
    for entry in child(build, "bin").readdir():
        if entry.basename == "tzdata" or (entry.basename.startswith("icudt") and entry.basename.endswith(".dat")):
            links[entry.basename] = entry
    return struct(
        arangod = "bin/arangod",
        javascript = "js" if "js" in links else "",
        layout = "build_directory",
        licenses = [],
        links = links,
        resources = "top",
        root = build,
        tools = _existing(build, ["bin/" + tool for tool in _CLIENT_TOOLS]),
    )

def find_distribution(ctx, root):
    """Finds a distribution in a folder, in its only subfolder, or in its folder `build`.

    Args:
      ctx: the repository rule's context.
      root: (path) the folder; must exist.

    Returns:
      (struct or None) `layout`, `root`, and paths below the root; `links` are links to make in the folder `resources`.
    """
    entries = root.readdir()
    candidates = [root, root.get_child("build")]
    if len(entries) == 1:
        candidates.append(entries[0])
    for folder in candidates:
        # Before bin/arangod, which in a tarball is a wrapper.
        if child(folder, "usr/sbin/arangod").exists:
            return _tarball(folder)
        if child(folder, "bin/arangod").exists:
            return _build_directory(ctx, folder)
    return None
