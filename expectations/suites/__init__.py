"""One module per published table: the expectations only that table has."""
