#!/usr/bin/env bash
# Runs seeds of the simulation (docs/simulation.md) on all processors.
#
#   simulation/run.sh [--no-build] [--from SEED] [--jobs N] COUNT    so many seeds, from 1 or from SEED on
#   simulation/run.sh [--no-build] --seed SEED [--loud]              one seed, with all that happens in it
#   simulation/run.sh [--no-build] --seed SEED --without 0,3 --without-workloads 2
#                                                                    one seed, but for some of its faults and workloads
#   simulation/run.sh [--no-build] --seed SEED --shrink              what of a red seed it takes to be red
#
# With --heavy, each seed has many more kinds of faults, and many more of them, at once.
# The exit code is not 0 if one is red; each red seed says how to have it again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=yes
from=1
jobs=$(getconf _NPROCESSORS_ONLN)
count=
loud=false
shrink=no
without=
without_workloads=
mixture=USUAL

usage() {
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p;}' simulation/run.sh >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
    --no-build) build=no ;;
    --loud) loud=true ;;
    --heavy) mixture=HEAVY ;;
    --shrink) shrink=yes ;;
    --from | --jobs | --seed | --without | --without-workloads)
      [ $# -gt 1 ] || usage
      case $1 in
        --from) from=$2 ;;
        --jobs) jobs=$2 ;;
        --seed) from=$2 count=1 ;;
        --without) without=$2 ;;
        --without-workloads) without_workloads=$2 ;;
      esac
      shift
      ;;
    [0-9]*) count=$1 ;;
    *) usage ;;
  esac
  shift
done
[ -n "$count" ] || usage

. .ci/jdk.sh
if [ "$build" = yes ]; then
  mvn -q -ntp -pl simulation -am -DskipTests package
fi
if [ "$shrink" = yes ]; then
  main=(io.ottla.simulation.ShrinkSeed "$from")
else
  main=(io.ottla.simulation.RunSeeds "$from" "$count" "$jobs" "$loud" "$without" "$without_workloads")
fi
exec "$java_home/bin/java" -ea -Xmx2g -XX:+UseParallelGC \
  --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  "-Dsimulation.mixture=$mixture" -cp "$PWD/simulation/target/test-classes:$PWD/simulation/target/lib/*" \
  "${main[@]}"
