"""The names of ArangoDB's optimizer rules, with what the stand-in applies of them marked."""

from __future__ import annotations

# Rules that this optimizer applies under the same name.
APPLIED = (
    "move-filters-up", "replace-or-with-in", "use-indexes", "remove-filter-covered-by-index", "use-index-for-sort",
    "remove-redundant-sorts", "sort-limit", "optimize-count",
)  # fmt: skip
# Further names that requests may switch on and off.
KNOWN = (
    "replace-function-with-index", "inline-subqueries", "replace-like-with-range", "replace-any-eq-with-in",
    "move-calculations-up", "remove-redundant-calculations", "remove-unnecessary-filters",
    "remove-unnecessary-calculations", "remove-redundant-path-var", "fuse-filters", "interchange-adjacent-enumerations",
    "specialize-collect", "remove-sort-rand", "remove-collect-variables", "remove-unnecessary-remove-update",
    "remove-data-modification-out-variables", "propagate-constant-attributes", "remove-redundant-or",
    "simplify-conditions", "optimize-traversals", "optimize-projections", "reduce-extraction-to-projection",
    "move-filters-into-enumerate", "optimize-subqueries", "patch-update-statements",
    "undistribute-remove-after-enum-coll",
    "geo-index-optimizer", "splice-subqueries", "parallelize-gather", "cluster-one-shard", "restrict-to-single-shard",
    "distribute-in-cluster", "scatter-in-cluster", "remove-unnecessary-remote-scatter", "collect-in-cluster",
    "distribute-filtercalc-to-cluster", "distribute-sort-to-cluster", "distribute-offset-info-to-cluster",
    "async-prefetch", "batch-materialize-documents", "join-index-nodes", "push-down-late-materialization",
    "late-document-materialization", "move-calculations-down", "use-vector-index", "immutable-search-condition",
)  # fmt: skip


def listed() -> list[dict[str, object]]:
    """Return what GET /_api/query/rules answers."""
    return [
        {
            "name": name,
            "flags": {
                "hidden": False,
                "clusterOnly": "cluster" in name,
                "canBeDisabled": True,
                "canCreateAdditionalPlans": name == "interchange-adjacent-enumerations",
                "disabledByDefault": name not in APPLIED,
                "enterpriseOnly": False,
            },
        }
        for name in sorted((*APPLIED, *KNOWN))
    ]
