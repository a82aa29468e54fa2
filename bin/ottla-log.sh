#!/usr/bin/env bash
#
# Shows what is in the files of a stopped broker, and checks its log directories.
# Runs on bash 3.2 and later.

set -u

# Follows symbolic links by hand: readlink -f is not everywhere.
real_path() {
  local path=$1 target
  while [ -L "$path" ]; do
    target=$(readlink "$path")
    case $target in
      /*) path=$target ;;
      *) path=$(dirname "$path")/$target ;;
    esac
  done
  printf '%s/%s\n' "$(cd "$(dirname "$path")" && pwd -P)" "$(basename "$path")"
}

home=$(dirname "$(dirname "$(real_path "${BASH_SOURCE[0]}")")")
# shellcheck source=bin/ottla-jvm.sh
. "$home/bin/ottla-jvm.sh"

find_java
build_once
find_class_path

# The tool is done in a moment: it needs no compiler, and no log.
# shellcheck disable=SC2086
exec "$java_home/bin/java" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
  -Djava.awt.headless=true --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  "-Dottla.home=$home" ${KAFKA_OPTS:-} ${OTTLA_OPTS:-} \
  -cp "$class_path" io.ottla.broker.logtool.LogTool "$@"
