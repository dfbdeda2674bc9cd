"""What a next release might change in the database, as an app of its own: for running migrations while the product serves."""
