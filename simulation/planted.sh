#!/usr/bin/env bash
# Proves that the simulation catches bugs (docs/simulation.md): plants each of simulation/planted/*.patch
# into the product's classes and runs seeds until one is red. Then, without any bug, some seeds must be
# green. Ends with a table. The exit code is not 0 if a bug is not found, a patch does not apply, or the
# product itself is red. A seed takes about a tenth of a second of one core; all of it some ten minutes of two.
#
#   simulation/planted.sh [--no-build] [--seeds N] [--jobs N] [--control N] [P07 ...]
#
#   --no-build    runs what is built: simulation/target, from mvn -pl simulation -am package -DskipTests
#   --seeds N     look for each bug in seeds 1 to N (default 2000)
#   --jobs N      seeds at a time (default: as many as there are processors)
#   --control N   how many seeds must be green without a bug (default 300; 0 for none)
#   P07 ...       only these bugs
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=yes
seeds=2000
jobs=$(getconf _NPROCESSORS_ONLN)
control=300
chosen=()

usage() {
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p;}' simulation/planted.sh >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
    --no-build) build=no ;;
    --seeds | --jobs | --control)
      [ $# -gt 1 ] || usage
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    P[0-9][0-9]*) chosen+=("$1") ;;
    *) usage ;;
  esac
  shift
done

. .ci/jdk.sh
if [ "$build" = yes ]; then
  mvn -q -ntp -pl simulation -am -DskipTests package
fi
# Another class path serves those who build in another way.
classes=${SIMULATION_CLASSPATH:-$PWD/simulation/target/test-classes:$PWD/simulation/target/lib/*}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# search CLASSES FROM TO: looks for the first red seed; what it says goes to $work/out and $work/trace.
search() {
  "$java_home/bin/java" -ea -Xmx1g -XX:+UseSerialGC \
    -XX:+UnlockExperimentalVMOptions -XX:hashCode=2 \
    --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -cp "$1$classes" io.ottla.simulation.FirstRedSeed "$2" "$3" "$jobs" \
    > "$work/out" 2> "$work/trace"
}

# plant PATCH FOLDER: compiles the files that a patch touches, patched, into FOLDER/classes. These alone:
# a patch must not change a constant that others have compiled in.
plant() {
  local patch=$1 folder=$2 file files=()
  mkdir -p "$folder/classes"
  while read -r file; do
    mkdir -p "$folder/$(dirname "$file")"
    cp "$file" "$folder/$file"
    files+=("$folder/$file")
  done < <(sed -n 's|^+++ b/||p' "$patch")
  if ! patch -s -p1 -F0 -d "$folder" < "$patch" > "$work/out" 2>&1; then
    printf '%s does not apply:\n' "$patch"
    cat "$work/out"
    return 1
  fi
  if ! "$java_home/bin/javac" --release 25 -proc:none -implicit:none -nowarn -parameters \
    -d "$folder/classes" -cp "$classes" "${files[@]}" > "$work/out" 2>&1; then
    printf '%s does not compile:\n' "$patch"
    cat "$work/out"
    return 1
  fi
}

is_chosen() {
  local one
  [ ${#chosen[@]} -eq 0 ] && return 0
  for one in "${chosen[@]}"; do
    case $1 in "$one"*) return 0 ;; esac
  done
  return 1
}

failed=0

# A row of the table; at once also as a line.
: > "$work/table"
row() {
  printf '| %s | %s | %s | %s | %s s |\n' "$1" "$2" "$3" "$4" "$5" >> "$work/table"
  printf '%s: %s, %s; green without it: %s; %s s\n' "$1" "$2" "$3" "$4" "$5"
}

for patch in simulation/planted/P*.patch; do
  name=$(basename "$patch" .patch)
  is_chosen "$name" || continue
  folder=$work/$name
  begun=$SECONDS
  if ! plant "$patch" "$folder"; then
    row "$name" none 'the patch is not right' '' $((SECONDS - begun))
    failed=1
    continue
  fi
  from=1
  while true; do
    outcome=0
    search "$folder/classes:" "$from" "$seeds" || outcome=$?
    said=$(tail -n 1 "$work/out")
    cp "$work/trace" "$work/found"
    seed=${said#seed }
    seed=${seed%%:*}
    [ "$outcome" -ne 1 ] || break
    # It has to be the bug that makes it red.
    control_outcome=0
    search '' "$seed" "$seed" || control_outcome=$?
    [ "$control_outcome" -ne 1 ] || break
    printf 'no bug planted, and yet red: %s\n' "$(tail -n 1 "$work/out")"
    failed=1
    from=$((seed + 1))
  done
  took=$((SECONDS - begun))
  case $outcome in
    0) row "$name" "seed $seed" "${said#*: }" yes "$took" ;;
    1)
      row "$name" none "NOT FOUND in seeds 1 to $seeds" '' "$took"
      failed=1
      ;;
    *)
      row "$name" none "NOT FOUND: no violation, but $said" '' "$took"
      tail -n 60 "$work/found"
      failed=1
      ;;
  esac
  rm -rf "$folder"
done

if [ "$control" -gt 0 ]; then
  begun=$SECONDS
  outcome=0
  search '' 1 "$control" || outcome=$?
  if [ "$outcome" -eq 1 ]; then
    row 'no bug' none "seeds 1 to $control are green" yes $((SECONDS - begun))
  else
    row 'no bug' "$(tail -n 1 "$work/out")" 'red, and no bug planted' no $((SECONDS - begun))
    tail -n 60 "$work/trace"
    failed=1
  fi
fi
printf '\n| bug | found by | what was violated | green without it | after |\n|---|---|---|---|---|\n'
cat "$work/table"
[ "$failed" -eq 0 ] || printf '\nNot all is as it should be: see above.\n'
exit $failed
