# What the scripts that run Ottla's classes share: finding a JDK, building what is not built yet, running a tool.
# Not to be run, but read by them (source). Needs bash 3.2 and later, and $home, the Ottla directory. Messages go to
# stderr.

# shellcheck shell=bash disable=SC2034,SC2154

oldest_java=25
lib=$home/broker/target/dist/lib

say() {
  printf '%s\n' "$*" >&2
}

die() {
  say "$@"
  exit 1
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

# Sets $class_path to the jars of the build.
find_class_path() {
  local jar
  class_path=
  for jar in "$lib"/*.jar; do
    class_path=${class_path:+$class_path:}$jar
  done
}

# ---- Tools -----------------------------------------------------------------------------------------------------------

# run_tool CLASS ARGUMENT...: java replaces the shell. A tool is done in a moment: it needs no compiler, and no log.
run_tool() {
  find_java
  build_once
  find_class_path
  # shellcheck disable=SC2086
  exec "$java_home/bin/java" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Djava.awt.headless=true --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    "-Dottla.home=$home" ${KAFKA_OPTS:-} ${OTTLA_OPTS:-} \
    -cp "$class_path" "$@"
}
