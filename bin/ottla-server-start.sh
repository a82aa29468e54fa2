#!/usr/bin/env bash
#
# Starts a broker in this process: java replaces the shell, so the pid of this script is the pid of the JVM.
# Runs on bash 3.2 and later. Messages go to stderr; stdout belongs to the broker.

set -u

main_class=io.ottla.broker.Main
oldest_java=25

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

say() {
  printf '%s\n' "$*" >&2
}

die() {
  say "$@"
  exit 1
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

# ---- The JDK ---------------------------------------------------------------------------------------------------------

# java_version HOME: sets $version to what that JDK calls itself, or to nothing when there is no java to run.
java_version() {
  local key value
  version=
  [ -x "$1/bin/java" ] || return 0
  if [ -r "$1/release" ]; then
    while IFS='=' read -r key value; do
      if [ "$key" = JAVA_VERSION ]; then
        value=${value//\"/}
        version=${value%$'\r'}
        return 0
      fi
    done < "$1/release"
  fi
  version=$("$1/bin/java" -version 2>&1 | sed -n 's/^[a-z]* version "\([^"]*\)".*/\1/p' | head -n 1)
}

# try_java HOME: sets $java_home and returns 0 if this JDK is new enough; otherwise remembers that it was seen.
try_java() {
  local version major
  java_version "$1"
  [ -n "$version" ] || return 1
  major=${version%%[!0-9]*}
  if [ -n "$major" ] && [ "$major" -ge "$oldest_java" ]; then
    java_home=$1
    java_release=$version
    return 0
  fi
  too_old="$too_old
  $1 (Java $version)"
  return 1
}

find_java() {
  local candidate
  too_old=
  if [ -n "${OTTLA_JAVA_HOME:-}" ]; then
    try_java "$OTTLA_JAVA_HOME" && return 0
    die "OTTLA_JAVA_HOME is $OTTLA_JAVA_HOME, which holds no Java $oldest_java or later${too_old:+:$too_old}"
  fi
  if [ -n "${JAVA_HOME:-}" ]; then
    try_java "$JAVA_HOME" && return 0
  fi
  if candidate=$(command -v java); then
    candidate=$(real_path "$candidate")
    try_java "${candidate%/bin/java}" && return 0
  fi
  for candidate in \
    /usr/lib/jvm/* \
    "${HOME:-/nonexistent}"/.sdkman/candidates/java/* \
    "${HOME:-/nonexistent}"/.jdks/* \
    /opt/* /opt/java/* /opt/jdk/* \
    /usr/java/* /usr/local/*jdk* /usr/local/java* \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    try_java "$candidate" && return 0
  done
  say "Ottla needs a JDK $oldest_java or later and found none."
  say "Looked at: OTTLA_JAVA_HOME, JAVA_HOME, java in PATH, /usr/lib/jvm, ~/.sdkman, ~/.jdks, /opt, /usr/java, /usr/local, /Library/Java."
  [ -z "$too_old" ] || say "Too old:$too_old"
  die "Install one (for example Temurin $oldest_java, https://adoptium.net) or point OTTLA_JAVA_HOME at it."
}

# ---- The build -------------------------------------------------------------------------------------------------------

is_built() {
  local jar
  for jar in "$lib"/ottla-broker-*.jar; do
    [ -f "$jar" ] && return 0
  done
  return 1
}

build() {
  is_built && return 0
  [ -f "$home/pom.xml" ] || die "There is nothing in $lib, and no sources in $home to build it from."
  command -v mvn > /dev/null ||
    die "Ottla is not built yet ($lib is missing), and mvn is not in PATH. Install Maven 3.8 or later, or build with it elsewhere."
  say "Ottla is not built yet: running 'mvn -q -DskipTests -pl broker -am package' in $home (once; takes a minute or two)"
  # Maven itself needs a Java of its own, any it can run on; without one in sight it gets ours.
  if [ -z "${JAVA_HOME:-}" ] && ! command -v java > /dev/null; then
    export JAVA_HOME=$java_home
  fi
  (cd "$home" && mvn -q -B -Dstyle.color=never -DskipTests -pl broker -am package) >&2 < /dev/null || die "The build failed; see above."
  is_built || die "The build succeeded but left nothing in $lib."
  say "Built."
}

# Two brokers started at the same time on a fresh tree: one builds, the other waits for it.
build_once() {
  is_built && return 0
  if command -v flock > /dev/null && mkdir -p "$home/broker/target" 2> /dev/null; then
    (
      flock 8
      build
    ) 8> "$home/broker/target/build.lock" || exit 1
  else
    build
  fi
}

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

home=$(dirname "$(dirname "$(real_path "${BASH_SOURCE[0]}")")")
lib=$home/broker/target/dist/lib
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

class_path=
for jar in "$lib"/*.jar; do
  class_path=${class_path:+$class_path:}$jar
done

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
