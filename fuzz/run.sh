#!/usr/bin/env bash
# Fuzzes (docs/fuzzing.md), one target after the other: fuzz/run.sh [--no-build] SECONDS [TARGET...]
# SECONDS is the time each gets. Stops at the first finding: the input that shows it is left in
# fuzz/target/findings, and the exit code is not 0.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Class, and the longest input that makes sense.
declare -A classes=(
  [frames]="io.ottla.broker.net.FrameFuzz 400"
  [requests]="io.ottla.broker.net.RequestFuzz 1500"
  [batches]="io.ottla.wire.record.BatchFuzz 1500"
  [recovery]="io.ottla.log.RecoveryFuzz 81"
  [properties]="io.ottla.broker.config.PropertiesFuzz 1500"
  [feed]="io.ottla.metadata.feed.FeedFuzz 1500"
  [commands]="io.ottla.metadata.controller.CommandFuzz 1500"
)

# Jazzer's own checks are for what the product does not do; one of them cannot stand netty's start.
unused_hooks=
for hook in BigDecimal ClojureLangHooks Deserialization ExpressionLanguageInjection FilePathTraversal \
  LdapInjection NamingContextLookup OsCommandInjection ReflectiveCall RegexInjection RegexRoadblocks \
  ScriptEngineInjection ServerSideRequestForgery SqlInjection TemplateInjection UnsafeSanitizer \
  XPathInjection XmlParserSsrfGuidance; do
  unused_hooks+=${unused_hooks:+:}com.code_intelligence.jazzer.sanitizers.$hook
done

build=true
if [ "${1:-}" = --no-build ]; then
  build=false
  shift
fi
seconds=${1:?"usage: fuzz/run.sh [--no-build] SECONDS [TARGET...], targets are: ${!classes[*]}"}
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(frames requests batches recovery properties feed commands)
for target in "${targets[@]}"; do
  if [ -z "${classes[$target]:-}" ]; then
    echo "fuzz/run.sh: no target $target; there are: ${!classes[*]}" >&2
    exit 2
  fi
done
if $build; then
  mvn -q -ntp -pl fuzz -am -DskipTests package
fi
. .ci/jdk.sh
work=$PWD/fuzz/target
findings=$work/findings
mkdir -p "$findings"

for target in "${targets[@]}"; do
  # What is learned goes to the first directory, so that the next run begins with it.
  mkdir -p "$work/learned/$target"
  read -r class longest <<< "${classes[$target]}"
  echo "== $target for $seconds s"
  # No name is looked up anywhere but in an empty file. An input that takes 20 s is a finding, and so
  # is one that needs more memory than there is.
  (cd "$findings" && "$java_home/bin/java" -Xmx768m -XX:+UseSerialGC -Djdk.net.hosts.file=/dev/null \
    --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -XX:+EnableDynamicAgentLoading -ea \
    -cp "$work/test-classes:$work/lib/*" com.code_intelligence.jazzer.Jazzer \
    --target_class="$class" \
    --instrumentation_includes='io.ottla.**' \
    --disabled_hooks="$unused_hooks" \
    -max_total_time="$seconds" -timeout=20 -rss_limit_mb=0 -print_final_stats=1 \
    -max_len="$longest" -len_control=0 \
    "$work/learned/$target" "$PWD/../../corpus/$target" 2>&1) |
    tee "$findings/$target.log" | grep -avE '#[0-9]+[[:space:]]+(REDUCE|NEW)' || true
  if ! grep -aq 'Done .* runs' "$findings/$target.log"; then
    echo "fuzz/run.sh: $target found something, see fuzz/target/findings" >&2
    exit 1
  fi
done
