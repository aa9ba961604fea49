"""Files in a folder to raw Parquet: contracts, recognising, reading, the ledger. No Dagster.

Everything here works on text: raw keeps what was delivered, cleaned of what spreadsheets and
platforms wrap around it. Types, keys and meaning come in staging.
"""
