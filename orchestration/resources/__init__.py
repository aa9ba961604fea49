"""What assets need from outside: the deployment, dbt."""
