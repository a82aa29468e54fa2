# Finds the JDK for the developers' scripts, as those in bin/ find theirs: sets $java_home, or ends the script.
# Not to be run, but read (source) from the repository's root.

# shellcheck shell=bash disable=SC2034

home=$PWD

real_path() {
  readlink -f "$1"
}

# shellcheck source=bin/ottla-jvm.sh
. bin/ottla-jvm.sh
find_java
