#!/usr/bin/env bash
# Measures Ottla and Apache Kafka side by side; bench/README.md says what and why. Builds what it
# measures first: pass --no-build as the first option to skip that. Three brokers of each instead of
# one: --cluster. Consumer groups: --groups. Transactions: --transactions. The log and its files: --log.
# Other options: --help, or any of these with --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# True when one of the sides is this broker; the sides default to kafka and ottla.
measures() {
  local a=kafka b=ottla arg previous=
  for arg in "${@:2}"; do
    case $previous in --a) a=$arg ;; --b) b=$arg ;; esac
    case $arg in --a=*) a=${arg#*=} ;; --b=*) b=${arg#*=} ;; esac
    previous=$arg
  done
  [ "$a" = "$1" ] || [ "$b" = "$1" ]
}

command="bench/run.sh${*:+ $*}"
if [ "${1:-}" = --no-build ]; then
  shift
else
  mvn -q -pl bench test-compile dependency:copy-dependencies
  if measures kafka "$@"; then
    mvn -q -f bench/kafka/pom.xml dependency:copy-dependencies
  fi
  if measures ottla "$@"; then
    mvn -q -pl broker -am -DskipTests package
  fi
fi

main=io.ottla.bench.Bench
for arg in "$@"; do
  case $arg in
    --cluster) main=io.ottla.bench.cluster.ClusterBench ;;
    --groups) main=io.ottla.bench.groups.GroupBench ;;
    --transactions) main=io.ottla.bench.transactions.TransactionBench ;;
    --log) main=io.ottla.bench.log.LogBench ;;
  esac
done

. .ci/jdk.sh
kafka_version=$(sed -n 's/.*<kafka.version>\(.*\)<\/kafka.version>.*/\1/p' bench/kafka/pom.xml)
exec "$java_home/bin/java" -Xmx256m -XX:+UseSerialGC \
  -Dottla.root="$PWD" -Dottla.command="$command" -Dottla.kafka.version="$kafka_version" \
  -cp "bench/target/test-classes:bench/target/lib/*" "$main" "$@"
