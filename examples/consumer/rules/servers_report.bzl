"""servers_report: which server and which topology tests run on. Reads Armadillo's public providers, also by an aspect."""

load("@armadillo//rules:defs.bzl", "ArangodbTestInfo")

_ReportInfo = provider(
    doc = "What the aspect gathers.",
    fields = {
        "facts": "(depset of File) What the servers say of themselves.",
        "lines": "(depset of string) Target, servers and file of facts of each test.",
    },
)

def _gather_impl(target, ctx):
    below = [test[_ReportInfo] for test in getattr(ctx.rule.attr, "tests", [])]
    facts = []
    lines = []
    if ArangodbTestInfo in target:
        info = target[ArangodbTestInfo]
        facts.append(info.server.facts)
        lines.append("//%s:%s\t%s\t%s" % (
            target.label.package,
            target.label.name,
            " ".join(info.deployment.servers),
            info.server.facts.path,
        ))
    return [_ReportInfo(
        facts = depset(facts, transitive = [info.facts for info in below]),
        lines = depset(lines, transitive = [info.lines for info in below]),
    )]

_gather = aspect(
    implementation = _gather_impl,
    attr_aspects = ["tests"],
)

def _servers_report_impl(ctx):
    report = ctx.actions.declare_file(ctx.label.name + ".tsv")
    lines = depset(transitive = [test[_ReportInfo].lines for test in ctx.attr.tests])
    facts = depset(transitive = [test[_ReportInfo].facts for test in ctx.attr.tests])
    arguments = ctx.actions.args()
    arguments.add(report)
    arguments.add_all(lines)
    ctx.actions.run_shell(
        # The last column is replaced by the version in that file, which is JSON.
        command = """
            report=$1 && shift && tab=$(printf "\\t")
            for line; do
                version=$(sed -n 's/.*"version": "\\(.*\\)".*/\\1/p' "${line##*$tab}")
                printf '%s\\t%s\\n' "${line%$tab*}" "$version"
            done >"$report"
        """,
        arguments = [arguments],
        inputs = facts,
        outputs = [report],
        mnemonic = "ServersReport",
    )
    return [DefaultInfo(files = depset([report]), runfiles = ctx.runfiles(files = [report]))]

servers_report = rule(
    implementation = _servers_report_impl,
    attrs = {"tests": attr.label_list(aspects = [_gather], mandatory = True, doc = "Tests of any kind.")},
    doc = "Writes target, servers and ArangoDB's version of each test that runs on a deployment.",
)
