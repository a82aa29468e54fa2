#!/usr/bin/env bash
#
# Starts a broker in this process: java replaces the shell, so the pid of this script is the pid of the JVM.
# Runs on bash 3.2 and later. Messages go to stderr; stdout belongs to the broker.

set -u

main_class=io.ottla.broker.Main

usage() {
  cat >&2 <<END
USAGE: $0 [-daemon] [server.properties] [--override property=value]...

  -daemon                     run in the background, detached from the terminal; output goes to
                              ottlaServer.out in LOG_DIR (default: logs/ in the Ottla directory)
  server.properties           default: config/server.properties in the Ottla directory
  --override property=value   takes precedence over the file; may be repeated

Environment (the OTTLA_ name wins over the KAFKA_ name where both are set):
  OTTLA_JAVA_HOME                                       the JDK to run on
  OTTLA_HEAP_OPTS, KAFKA_HEAP_OPTS                      default: -Xms64m -Xmx512m
  OTTLA_JVM_PERFORMANCE_OPTS, KAFKA_JVM_PERFORMANCE_OPTS  default: -XX:+UseSerialGC
  OTTLA_OPTS, KAFKA_OPTS                                further options; both are used
END
}

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

# ---- The class cache -------------------------------------------------------------------------------------------------

# A cache of loaded classes (an AOT cache, JEP 483) lets a broker start in a fraction of the time. It fits one build and
# one JDK; the JVM itself passes over one that does not fit. It is made once after each build, by a broker that starts,
# serves a few requests to itself and stops. Whoever holds the lock makes it; others start without.
use_class_cache() {
  local dir=$home/broker/target/dist/cache cache training
  cache=$dir/ottla-$java_release.aot
  if [ ! -r "$cache" ] || [ -n "$(find "$lib" -newer "$cache" -name '*.jar' 2> /dev/null | head -n 1)" ]; then
    command -v flock > /dev/null && mkdir -p "$dir" 2> /dev/null && [ -w "$dir" ] || return 0
    (
      flock -n 9 || exit 0
      say "Preparing the class cache (once after each build; takes some seconds)"
      training=$(mktemp -d "${TMPDIR:-/tmp}/ottla-training.XXXXXX") || exit 0
      rm -f "$cache"
      "$java_home/bin/java" "${jvm_opts[@]}" -Xlog:disable "-XX:AOTCacheOutput=$cache.new" \
        -cp "$class_path" io.ottla.broker.StartTraining "$training/broker" > "$dir/training.log" 2>&1 < /dev/null &&
        [ -s "$cache.new" ] && mv "$cache.new" "$cache" ||
        say "The class cache could not be made (see $dir/training.log); brokers start without it, just slower"
      rm -rf "$training"
    ) 9> "$dir/lock"
  fi
  [ -r "$cache" ] && cache_opts=("-XX:AOTCache=$cache")
}

# ---- What the stop script looks for ----------------------------------------------------------------------------------

# take_label PROPERTY=VALUE: remembers the two properties a running broker can be told apart by.
take_label() {
  local key=${1%%=*} value=${1#*=}
  case $key in
    node.id) node_id=$value ;;
    process.roles) process_roles=${value//[[:space:]]/} ;;
  esac
}

read_labels() {
  local line pattern='^[[:space:]]*(node\.id|process\.roles)[[:space:]]*[=:[:space:]][[:space:]]*(.*[^[:space:]])[[:space:]]*$'
  node_id=
  process_roles=
  if [ -r "$1" ]; then
    while IFS= read -r line || [ -n "$line" ]; do
      [[ $line =~ $pattern ]] && take_label "${BASH_REMATCH[1]}=${BASH_REMATCH[2]}"
    done < "$1"
  fi
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      --override) [ $# -gt 1 ] && shift && take_label "$1" ;;
      --override=*) take_label "${1#--override=}" ;;
    esac
    shift
  done
}

# ---- Here we go ------------------------------------------------------------------------------------------------------

daemon=

while [ $# -gt 0 ]; do
  case $1 in
    -daemon | --daemon) daemon=yes; shift ;;
    -h | -help | --help) usage; exit 0 ;;
    *) break ;;
  esac
done

case ${1:-} in
  '' | --*)
    properties=$home/config/server.properties
    [ $# -gt 0 ] && [ -z "$1" ] && shift
    ;;
  -*) say "Unknown option $1"; usage; exit 1 ;;
  *) properties=$1; shift ;;
esac

find_java
build_once
read_labels "$properties" "$@"

find_class_path

heap_opts=${OTTLA_HEAP_OPTS:-${KAFKA_HEAP_OPTS:--Xms64m -Xmx512m}}
performance_opts=${OTTLA_JVM_PERFORMANCE_OPTS:-${KAFKA_JVM_PERFORMANCE_OPTS:--XX:+UseSerialGC}}

# Options that hold several words are split at blanks, as Kafka's scripts do; their asterisks are theirs.
set -f
# shellcheck disable=SC2206
jvm_opts=(
  -ea
  --enable-native-access=ALL-UNNAMED
  --sun-misc-unsafe-memory-access=allow
  -XX:+ExitOnOutOfMemoryError
  -Djava.awt.headless=true
  $heap_opts $performance_opts
)

cache_opts=()
use_class_cache

# shellcheck disable=SC2206
command_line=(
  "$java_home/bin/java"
  "${jvm_opts[@]}"
  '-Xlog:cds*=off' '-Xlog:aot*=off'
  "-Dottla.home=$home"
  "-Dottla.node.id=$node_id"
  "-Dottla.process.roles=$process_roles"
  ${cache_opts[@]+"${cache_opts[@]}"}
  ${KAFKA_OPTS:-} ${OTTLA_OPTS:-}
  -cp "$class_path" "$main_class" "$properties" "$@"
)
set +f

if [ -z "$daemon" ]; then
  exec "${command_line[@]}"
fi

log_dir=${LOG_DIR:-$home/logs}
mkdir -p "$log_dir" || die "Cannot create the directory $log_dir"
nohup "${command_line[@]}" > "$log_dir/ottlaServer.out" 2>&1 < /dev/null &
say "Started the broker as process $!, output in $log_dir/ottlaServer.out"
