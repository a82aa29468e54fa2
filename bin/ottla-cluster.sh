#!/usr/bin/env bash
#
# A cluster of brokers on this machine, for trying out and for tests: each node a process of its own, started by
# ottla-server-start.sh with a server.properties of its own. Runs on bash 3.2 and later. Messages go to stderr.

set -u

usage() {
  cat >&2 <<END
USAGE: $0 COMMAND [OPTION]...

  start [N]         start N brokers (default: those the folder holds, or 3) and wait until all of them serve;
                    nodes that run already are left alone, nodes that are missing join as brokers
  start-one ID      start one node, made anew if the folder does not hold it
  stop [ID]         ask all nodes, or one, to stop, and wait until they have
  kill ID           end one node as a crash would (SIGKILL)
  restart ID        stop one node and start it again
  status            what runs, where, and what the cluster says about itself

  --dir DIR                   the folder of everything: node-1/ (server.properties, data/, logs/), node-2/ ...
                              default: the environment's OTTLA_CLUSTER_DIR, or cluster/ in the Ottla directory
  --port-base PORT            brokers listen on 127.0.0.1, PORT and up (default 9092); controllers 100 higher
  --controllers 1|3|5         how many nodes, from the first, are controllers as well as brokers
                              (default: 5 of 5 or more, 3 of 3 or 4, else 1); fixed once the folder is there
  --override property=value   goes into the server.properties of nodes that are made; may be repeated
  --wait SECONDS              how long to wait for the cluster to serve, or to stop (default 60)

The environment is that of ottla-server-start.sh. To forget a cluster, stop it and remove its folder.
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

# number WHAT VALUE LEAST MOST: ends the script unless the value is a number between the two.
number() {
  case $2 in
    '' | 0?* | *[!0-9]*) die "$1 must be a number, not '$2'" ;;
  esac
  [ "${#2}" -le 9 ] && [ "$2" -ge "$3" ] && [ "$2" -le "$4" ] || die "$1 must be between $3 and $4, not $2"
}

# ---- What is in the folder -------------------------------------------------------------------------------------------

node_dir() {
  printf '%s/node-%s' "$dir" "$1"
}

# property FILE KEY: the last value of the key in a properties file.
property() {
  sed -n "s/^[[:space:]]*$2[[:space:]]*=[[:space:]]*//p" "$1" | tail -n 1
}

# Sets $nodes to the ids of the nodes that the folder holds, in order.
find_nodes() {
  local file id
  nodes=
  for file in "$dir"/node-*/server.properties; do
    [ -f "$file" ] || continue
    id=${file%/server.properties}
    id=${id##*/node-}
    case $id in
      *[!0-9]*) ;;
      *) nodes="$nodes $id" ;;
    esac
  done
  nodes=$(printf '%s\n' $nodes | sort -n | tr '\n' ' ')
  nodes=${nodes% }
}

# What the folder was made with wins over the defaults, and over options only by refusal.
read_cluster() {
  local was_base was_controllers
  [ -f "$dir/cluster" ] || return 0
  was_base=$(property "$dir/cluster" port.base)
  was_controllers=$(property "$dir/cluster" controllers)
  [ -z "$port_base" ] || [ "$port_base" = "$was_base" ] ||
    die "The cluster in $dir has its ports at $was_base; to move it to $port_base, stop it and remove the folder."
  [ -z "$controllers" ] || [ "$controllers" = "$was_controllers" ] ||
    die "The cluster in $dir has $was_controllers controllers, not $controllers; kafka-metadata-quorum changes that."
  port_base=$was_base
  controllers=$was_controllers
}

# make_cluster N: decides what is still open and writes it down.
make_cluster() {
  [ -f "$dir/cluster" ] && return 0
  if [ -z "$controllers" ]; then
    if [ "$1" -ge 5 ]; then
      controllers=5
    elif [ "$1" -ge 3 ]; then
      controllers=3
    else
      controllers=1
    fi
  fi
  [ "$controllers" -le "$1" ] || die "$controllers controllers need as many nodes; start $controllers or more."
  port_base=${port_base:-9092}
  mkdir -p "$dir" || die "Cannot create the directory $dir"
  printf 'port.base=%s\ncontrollers=%s\n' "$port_base" "$controllers" > "$dir/cluster" ||
    die "Cannot write $dir/cluster"
}

broker_port() {
  printf '%s' $((port_base + $1 - 1))
}

controller_port() {
  printf '%s' $((port_base + 100 + $1 - 1))
}

# make_node ID: writes its server.properties unless it is there; what was changed in it by hand stays.
make_node() {
  local id=$1 folder voters='' voter roles=broker listeners line
  folder=$(node_dir "$id")
  [ -f "$folder/server.properties" ] && return 0
  for ((voter = 1; voter <= controllers; voter++)); do
    voters=$voters${voters:+,}$voter@127.0.0.1:$(controller_port "$voter")
  done
  listeners=PLAINTEXT://127.0.0.1:$(broker_port "$id")
  if [ "$id" -le "$controllers" ]; then
    roles=broker,controller
    listeners=$listeners,CONTROLLER://127.0.0.1:$(controller_port "$id")
  fi
  mkdir -p "$folder/logs" || die "Cannot create the directory $folder"
  {
    printf '# Made by ottla-cluster.sh; it is not written again, so changes stay.\n'
    printf '%s\n' \
      "process.roles=$roles" \
      "node.id=$id" \
      "controller.quorum.voters=$voters" \
      "controller.listener.names=CONTROLLER" \
      "inter.broker.listener.name=PLAINTEXT" \
      "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT" \
      "listeners=$listeners" \
      "log.dirs=$folder/data"
    for line in ${overrides[@]+"${overrides[@]}"}; do
      printf '%s\n' "$line"
    done
  } > "$folder/server.properties.new" && mv "$folder/server.properties.new" "$folder/server.properties" ||
    die "Cannot write $folder/server.properties"
}

# must_have ID: ends the script unless the folder holds that node.
must_have() {
  number "The node's id" "$1" 1 100
  [ -f "$(node_dir "$1")/server.properties" ] ||
    die "There is no node $1 in $dir${nodes:+; there are: $nodes}"
}

# ---- Processes -------------------------------------------------------------------------------------------------------

# command_line PID: the arguments of a process, nothing if it has ended.
command_line() {
  if [ -r "/proc/$1/cmdline" ]; then
    tr '\0' ' ' < "/proc/$1/cmdline" 2> /dev/null
  else
    ps -p "$1" -o command= 2> /dev/null
  fi
}

# running ID: sets $pid and returns 0 if the node runs. A pid file may be older than the process that has its number now.
running() {
  local folder
  folder=$(node_dir "$1")
  pid=
  [ -f "$folder/pid" ] || return 1
  read -r pid < "$folder/pid" || true
  case $pid in
    '' | *[!0-9]*) pid=; return 1 ;;
  esac
  case $(command_line "$pid") in
    *" $folder/server.properties "*) return 0 ;;
  esac
  pid=
  return 1
}

# launch ID: starts the process; the start script builds what is missing, and says so.
launch() {
  local id=$1 folder started
  folder=$(node_dir "$id")
  if running "$id"; then
    say "Node $id runs already (process $pid)"
    return 0
  fi
  mkdir -p "$folder/logs" || die "Cannot create the directory $folder/logs"
  [ ! -f "$folder/logs/ottlaServer.out" ] ||
    mv "$folder/logs/ottlaServer.out" "$folder/logs/ottlaServer.$(date +%Y%m%d-%H%M%S).out"
  started=$(LOG_DIR=$folder/logs "$home/bin/ottla-server-start.sh" -daemon "$folder/server.properties" 2>&1) || {
    say "$started"
    die "Node $id could not be started."
  }
  pid=${started##*as process }
  pid=${pid%%,*}
  case $pid in
    '' | *[!0-9]*) die "ottla-server-start.sh did not say which process node $id is: $started" ;;
  esac
  printf '%s\n' "$pid" > "$folder/pid"
  case $started in
    *$'\n'*) say "${started%$'\n'*}" ;;
  esac
  say "Started node $id on 127.0.0.1:$(port_of "$id") as process $pid, output in $folder/logs/ottlaServer.out"
}

# port_of ID: where its clients connect, which may have been changed by hand.
port_of() {
  property "$(node_dir "$1")/server.properties" listeners |
    sed -n 's/^[^,]*PLAINTEXT:\/\/[^,]*:\([0-9][0-9]*\).*/\1/p'
}

# ---- Asking a broker -------------------------------------------------------------------------------------------------

# read_number BYTES: the next big-endian number from file descriptor 3 into $value; fails after 2 s of silence.
read_number() {
  local i byte code
  value=0
  for ((i = 0; i < $1; i++)); do
    IFS= LC_ALL=C read -r -d '' -n 1 -t 2 -u 3 byte || return 1
    LC_ALL=C printf -v code '%d' "'$byte"
    value=$((value * 256 + (code & 255)))
  done
}

# live_brokers PORT: asks a broker (Metadata, version 1, no topics) and sets $value to the number of brokers it knows of
# that are not fenced.
live_brokers() {
  local answered=1
  value=0
  { exec 3<> "/dev/tcp/127.0.0.1/$1"; } 2> /dev/null || return 1
  if printf '\0\0\0\016\0\003\0\001\0\0\0\001\377\377\0\0\0\0' >&3 2> /dev/null &&
    read_number 4 && read_number 4 && read_number 4; then
    answered=0
  fi
  exec 3>&-
  return $answered
}

# tail_of ID: the end of what the node printed.
tail_of() {
  say "--- the end of $(node_dir "$1")/logs/ottlaServer.out"
  tail -n 20 "$(node_dir "$1")/logs/ottlaServer.out" >&2
  say "---"
}

# await_serving COUNT ID...: waits until each of these nodes answers and knows COUNT brokers or more.
await_serving() {
  local count=$1 id started=$SECONDS silent answers
  shift
  while :; do
    silent=
    answers=
    for id in "$@"; do
      running "$id" || {
        tail_of "$id"
        die "Node $id has ended instead of serving; see above."
      }
      if ! live_brokers "$(port_of "$id")"; then
        silent="$silent $id"
      elif [ "$value" -lt "$count" ]; then
        answers="$answers node $id knows $value brokers of $count;"
      fi
    done
    [ -n "$silent$answers" ] || return 0
    if [ $((SECONDS - started)) -ge "$wait_seconds" ]; then
      [ -z "$silent" ] || answers="$answers no answer from:$silent"
      say "The cluster does not serve after $wait_seconds s:$answers"
      for id in "$@"; do
        tail_of "$id"
      done
      die "The nodes are left running; '$0 stop --dir $dir' ends them."
    fi
    sleep 0.2 2> /dev/null || sleep 1
  done
}

# How many nodes run: each of them is a broker.
count_running() {
  local id count=0
  for id in $nodes; do
    running "$id" && count=$((count + 1))
  done
  printf '%s' "$count"
}

# stop_nodes ID...: asks those that run to stop, all at once, and waits for them.
stop_nodes() {
  local id started=$SECONDS left=
  for id in "$@"; do
    if running "$id"; then
      kill -s TERM "$pid" && left="$left $id"
    fi
  done
  if [ -z "$left" ]; then
    say "Nothing runs that could be stopped"
    return 1
  fi
  while [ -n "$left" ]; do
    for id in $left; do
      if ! running "$id"; then
        left=$(printf ' %s ' "$left" | sed "s/ $id / /; s/^ *//; s/ *\$//")
        rm -f "$(node_dir "$id")/pid"
        say "Node $id has stopped"
      fi
    done
    if [ -n "$left" ] && [ $((SECONDS - started)) -ge "$wait_seconds" ]; then
      die "Still running after $wait_seconds s: node $left; '$0 kill ID' ends one by force."
    fi
    [ -z "$left" ] || sleep 0.1 2> /dev/null || sleep 1
  done
}

bootstrap_servers() {
  local id servers=
  for id in $nodes; do
    running "$id" && servers=$servers${servers:+,}127.0.0.1:$(port_of "$id")
  done
  printf '%s' "$servers"
}

# ---- The commands ----------------------------------------------------------------------------------------------------

start_all() {
  local count=$1 id
  if [ -z "$count" ]; then
    count=${nodes##* }
    count=${count:-3}
  fi
  number "The number of brokers" "$count" 1 100
  make_cluster "$count"
  [ $((port_base + 100 + count)) -le 65535 ] || die "There are not enough ports above $port_base"
  for ((id = 1; id <= count; id++)); do
    make_node "$id"
  done
  find_nodes
  for ((id = 1; id <= count; id++)); do
    launch "$id"
  done
  # shellcheck disable=SC2046 # a list of ids
  await_serving "$(count_running)" $(running_nodes)
  say "The cluster serves: --bootstrap-server $(bootstrap_servers)"
}

start_one() {
  number "The node's id" "$1" 1 100
  [ -f "$dir/cluster" ] || die "There is no cluster in $dir; '$0 start N' makes one."
  make_node "$1"
  find_nodes
  launch "$1"
  await_serving "$(count_running)" "$1"
  say "Node $1 serves"
}

kill_one() {
  must_have "$1"
  running "$1" || die "Node $1 does not run"
  kill -s KILL "$pid" || die "Process $pid could not be killed"
  while running "$1"; do
    sleep 0.1 2> /dev/null || sleep 1
  done
  rm -f "$(node_dir "$1")/pid"
  say "Killed node $1"
}

running_nodes() {
  local id
  for id in $nodes; do
    running "$id" && printf '%s ' "$id"
  done
}

status() {
  local id roles state all_serve=0
  [ -n "$nodes" ] || die "There is no cluster in $dir; '$0 start N' makes one."
  for id in $nodes; do
    roles=$(property "$(node_dir "$id")/server.properties" process.roles)
    if ! running "$id"; then
      state='does not run'
      all_serve=3
    elif live_brokers "$(port_of "$id")"; then
      state="process $pid, serves, knows $value live brokers"
    else
      state="process $pid, does not answer"
      all_serve=3
    fi
    printf 'node %-3s %-18s 127.0.0.1:%-6s %s\n' "$id" "$roles" "$(port_of "$id")" "$state"
  done
  return $all_serve
}

home=$(dirname "$(dirname "$(real_path "${BASH_SOURCE[0]}")")")
dir=${OTTLA_CLUSTER_DIR:-$home/cluster}
port_base=
controllers=
wait_seconds=60
overrides=()
words=()

while [ $# -gt 0 ]; do
  case $1 in
    --dir=* | --port-base=* | --controllers=* | --override=* | --wait=*)
      option=${1%%=*}
      argument=${1#*=}
      ;;
    --dir | --port-base | --controllers | --override | --wait)
      [ $# -gt 1 ] || die "$1 needs a value"
      option=$1
      argument=$2
      shift
      ;;
    -h | -help | --help) usage; exit 0 ;;
    -*) say "Unknown option $1"; usage; exit 1 ;;
    *)
      words+=("$1")
      shift
      continue
      ;;
  esac
  case $option in
    --dir) dir=$argument ;;
    --port-base) number --port-base "$argument" 1 65000; port_base=$argument ;;
    --controllers)
      case $argument in
        1 | 3 | 5) controllers=$argument ;;
        *) die "--controllers must be 1, 3 or 5, not '$argument'" ;;
      esac
      ;;
    --override)
      case $argument in
        ?*=*) overrides+=("$argument") ;;
        *) die "--override needs property=value, not '$argument'" ;;
      esac
      ;;
    --wait) number --wait "$argument" 1 86400; wait_seconds=$argument ;;
  esac
  shift
done

case $dir in
  /*) ;;
  *) dir=$PWD/$dir ;;
esac
dir=${dir%/}
case $dir in
  *$'\n'* | *\\* | *,*) die "The folder's name must not contain commas, backslashes or line breaks: $dir" ;;
esac
[ ! -d "$dir" ] || dir=$(cd "$dir" && pwd -P)

command=${words[0]:-}
argument=${words[1]:-}
if [ ${#words[@]} -gt 2 ]; then
  say "Too many arguments: ${words[*]}"
  usage
  exit 1
fi

find_nodes
read_cluster

case $command in
  start) start_all "$argument" ;;
  start-one) start_one "$argument" ;;
  stop)
    if [ -n "$argument" ]; then
      must_have "$argument"
      stop_nodes "$argument"
    else
      # shellcheck disable=SC2086 # a list of ids
      stop_nodes $nodes
    fi
    ;;
  kill) kill_one "$argument" ;;
  restart)
    must_have "$argument"
    ! running "$argument" || stop_nodes "$argument"
    start_one "$argument"
    ;;
  status) status ;;
  '') usage; exit 1 ;;
  *) say "Unknown command $command"; usage; exit 1 ;;
esac
