#!/usr/bin/env bash
#
# Runs a set of the fault suite, and what has to be built for it, but no other tests (docs/faults.md):
#   compat-tests/faults.sh [short|change|nightly] [-Dfaults.cells=REGEX] [-Dfaults.seed=N] [-Dcompat.broker=kafka]
# The table of what happened is printed, and kept in compat-tests/target/faults.

set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."

set=change
case ${1:-} in
  short | change | nightly)
    set=$1
    shift
    ;;
esac

# Cells of the nightly set have the time for the better compiler.
options=()
[ "$set" = nightly ] && options+=(-Dcompat.jvm.options=)
rm -f "compat-tests/target/faults/summary-$set.md"
exec mvn -B -ntp verify -pl compat-tests -am -Dtest=NoUnitTest -Dsurefire.failIfNoSpecifiedTests=false \
  -Dit.test=FaultCellsIT -Dfailsafe.failIfNoSpecifiedTests=false -Dfaults.set="$set" ${options[@]+"${options[@]}"} "$@"
