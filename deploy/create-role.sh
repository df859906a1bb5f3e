#!/bin/sh
# Runs once, when the database is made: a role that owns its database and nothing else. The server makes and drops partitions, so it owns them.
set -eu
psql --username "${POSTGRES_USER:-postgres}" --dbname postgres --set ON_ERROR_STOP=1 <<'SQL'
\getenv password TRUETALLY_DATABASE_PASSWORD
create role truetally login password :'password';
create database truetally owner truetally;
SQL
