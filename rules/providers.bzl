"""The public providers: what the rules tell each other, and what rules of your own may read or return."""

PythonPackagesInfo = provider(
    doc = "Python packages that were installed by pip into one directory.",
    fields = {
        "interpreter": "(string) Absolute path of the interpreter that they were installed for.",
        "marker": "(File) Changes when the lock or the interpreter changes; belongs in the inputs of each action.",
        "site_packages": "(File) The directory.",
    },
)
