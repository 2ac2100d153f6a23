"""The build action of arangodb_dataset: a run that seeds its deployment, and what its servers leave as an archive."""
