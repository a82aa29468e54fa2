#!/usr/bin/env bash
#
# Formats the log directories of a node and tells what is in them; takes the place of Kafka's kafka-storage.sh.
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

run_tool io.ottla.broker.storage.StorageTool "$@"
