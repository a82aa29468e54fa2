#!/usr/bin/env bash
# Plays all races (docs/races.md): races/run.sh [--no-build] [MODE] [REGEX]
# MODE is the harness's: sanity (seconds), quick (minutes, the default), default or tough (hours).
# REGEX picks races by their names. The exit code is not 0 if one has an outcome that must not be.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

oldest_java=25

find_java() {
  local home version
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/* ~/.sdkman/candidates/java/* ~/.jdks/* /opt/*; do
    [ -x "$home/bin/java" ] && [ -r "$home/release" ] || continue
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
    if [ -n "$version" ] && [ "$version" -ge "$oldest_java" ]; then
      printf '%s\n' "$home"
      return
    fi
  done
  echo "races/run.sh: no JDK $oldest_java or later found; set JAVA_HOME" >&2
  exit 1
}

if [ "${1:-}" = --no-build ]; then
  shift
else
  mvn -q -ntp -pl races -am -DskipTests package
fi
java_home=$(find_java)
classes=$PWD/races/target/test-classes:$PWD/races/target/lib/*
mkdir -p races/target/results
cd races/target/results

# Two processors are all that a race of two needs. Unified compilation: what is compiled apart, actor
# by actor, finds nothing more here and takes four times as long.
exec "$java_home/bin/java" -cp "$classes" org.openjdk.jcstress.Main \
  -m "${1:-quick}" -t "${2:-io\.ottla\.(?!races)}" -c 2 -sc false -r .
