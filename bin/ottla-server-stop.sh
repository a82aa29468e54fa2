#!/usr/bin/env bash
#
# Asks running brokers to stop (SIGTERM) and returns at once. Only brokers started from this directory's
# ottla-server-start.sh are touched, which marks each with its home, node id and roles.

set -u

main_class=io.ottla.broker.Main

usage() {
  cat >&2 <<END
USAGE: $0 [--node-id ID] [--process-role ROLE]

  --node-id ID          only the broker with this node.id
  --process-role ROLE   only those with this role (broker or controller) among their process.roles
END
}

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
node_id=
role=

while [ $# -gt 0 ]; do
  case $1 in
    --node-id=*) node_id=${1#*=} ;;
    --process-role=*) role=${1#*=} ;;
    --node-id | --process-role)
      if [ $# -lt 2 ]; then
        usage
        exit 1
      fi
      if [ "$1" = --node-id ]; then node_id=$2; else role=$2; fi
      shift
      ;;
    -h | -help | --help) usage; exit 0 ;;
    *) usage; exit 1 ;;
  esac
  shift
done

pids=()

# take PID HOME NODE_ID ROLES: keeps the process if it is one that was asked for.
take() {
  [ "$2" = "$home" ] || return 0
  [ -z "$node_id" ] || [ "$3" = "$node_id" ] || return 0
  case ",$4," in
    *",$role,"*) ;;
    *) [ -z "$role" ] || return 0 ;;
  esac
  pids+=("$1")
}

# Linux: the arguments of every process, exactly as they were given.
look_in_proc() {
  local dir arg its_home its_node_id its_roles is_broker
  for dir in /proc/[0-9]*; do
    its_home='' its_node_id='' its_roles='' is_broker=''
    while IFS= read -r -d '' arg; do
      case $arg in
        -Dottla.home=*) its_home=${arg#*=} ;;
        -Dottla.node.id=*) its_node_id=${arg#*=} ;;
        -Dottla.process.roles=*) its_roles=${arg#*=} ;;
        "$main_class") is_broker=yes; break ;;
      esac
    done 2> /dev/null < "$dir/cmdline"
    [ -n "$is_broker" ] && take "${dir#/proc/}" "$its_home" "$its_node_id" "$its_roles"
  done 2> /dev/null
}

# Elsewhere: ps joins the arguments with blanks; the marks stand in a known order, so they can be cut out again.
look_at_ps() {
  local pid command rest its_home its_node_id
  while read -r pid command; do
    case $command in
      *" -Dottla.home="*" -Dottla.node.id="*" -Dottla.process.roles="*" $main_class "*)
        rest=${command#* -Dottla.home=}
        its_home=${rest%% -Dottla.node.id=*}
        rest=${rest#* -Dottla.node.id=}
        its_node_id=${rest%% *}
        rest=${rest#* -Dottla.process.roles=}
        take "$pid" "$its_home" "$its_node_id" "${rest%% *}"
        ;;
    esac
  done < <(ps -axww -o pid=,command=)
}

if [ -r /proc/self/cmdline ]; then
  look_in_proc
else
  look_at_ps
fi

if [ ${#pids[@]} -eq 0 ]; then
  echo "No Ottla broker to stop${node_id:+ with node.id $node_id}${role:+ with role $role}" >&2
  exit 1
fi
kill -s TERM "${pids[@]}"
