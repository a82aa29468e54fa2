#!/usr/bin/env bash
# Plays all races (docs/races.md): races/run.sh [--no-build] [MODE] [REGEX]
# MODE is the harness's: sanity (seconds), quick (minutes, the default), default or tough (hours).
# REGEX picks races by their names. The exit code is not 0 if one has an outcome that must not be.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "${1:-}" = --no-build ]; then
  shift
else
  mvn -q -ntp -pl races -am -DskipTests package
fi
. .ci/jdk.sh
classes=$PWD/races/target/test-classes:$PWD/races/target/lib/*
mkdir -p races/target/results
cd races/target/results

# Two processors are all that a race of two needs. Unified compilation: what is compiled apart, actor
# by actor, finds nothing more here and takes four times as long.
exec "$java_home/bin/java" -cp "$classes" org.openjdk.jcstress.Main \
  -m "${1:-quick}" -t "${2:-io\.ottla\.(?!races)}" -c 2 -sc false -r .
