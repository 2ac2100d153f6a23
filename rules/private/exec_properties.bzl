"""`exec_properties` of a target from a table by kind of deployment: what a farm selects its workers by.

By default nothing is set: each property is a part of the action's key, and a farm refuses those that it does not know.
"""

load(":messages.bzl", "messages")

# In this order; the later wins.
DEPLOYMENT_KINDS = ["single_server", "cluster", "lab", "sanitizer"]

def _kinds_of(given, deployment, sanitizer):
    kinds = ["cluster" if given.get("mode") == "cluster" or deployment else "single_server"]
    if given.get("network") == "lab":
        kinds.append("lab")
    if sanitizer:
        kinds.append("sanitizer")
    return kinds

def exec_property_errors(label, exec_properties):
    """What is wrong with an `exec_properties`; a pure function, for tests.

    Args:
      label: (string) the target, for the texts.
      exec_properties: (dict) as the BUILD file sets it.

    Returns:
      (list of string)
    """
    return [
        messages.unknown_word(label, "exec_properties with a dict as value", key, DEPLOYMENT_KINDS)
        for key, value in exec_properties.items()
        if type(value) == "dict" and key not in DEPLOYMENT_KINDS
    ]

def exec_properties_of(exec_properties, given = {}, deployment = None, sanitizer = False):
    """The properties of one target, from what its BUILD file sets; a pure function, for tests.

    Args:
      exec_properties: (dict, select() or None) strings are properties of every target; a dict is a kind's own.
      given: (dict) the topology attributes that are set.
      deployment: label of a shared topology. What it says is unknown while BUILD files are loaded: it counts as
        a cluster, as it does for the costs.
      sanitizer: (bool) whether the target is meant for a sanitizer build.

    Returns:
      (dict, select() or None) what the rule gets: a dict of strings; anything but a dict as it is.
    """
    if type(exec_properties) != "dict":
        return exec_properties
    properties = {key: value for key, value in exec_properties.items() if type(value) != "dict"}
    for kind in _kinds_of(given, deployment, sanitizer):
        if type(exec_properties.get(kind)) == "dict":
            properties.update(exec_properties[kind])
    return properties

def checked_exec_properties(name, exec_properties, given = {}, deployment = None, sanitizer = False):
    """As exec_properties_of, for macros; fails with all that is wrong.

    Args:
      name: name of the target.
      exec_properties: (dict, select() or None) as the BUILD file sets it.
      given: (dict) the topology attributes that are set.
      deployment: label of a shared topology.
      sanitizer: (bool) whether the target is meant for a sanitizer build.

    Returns:
      (dict, select() or None)
    """
    if type(exec_properties) == "dict":
        errors = exec_property_errors("//%s:%s" % (native.package_name(), name), exec_properties)
        if errors:
            fail("".join(errors))
    return exec_properties_of(exec_properties, given, deployment, sanitizer)
