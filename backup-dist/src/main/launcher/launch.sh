# Finds Java and runs ngbak's jar. Both launchers read this file: the installed one and that of a checkout.
# They set:
#   home    the folder of the installation or checkout
#   jar     the program
#   cache   a folder for the shared classes, which need not exist, or nothing
# shellcheck shell=sh disable=SC2154

# Sets java and java_version. Ends with exit code 2 if there is no usable Java.
find_java() {
  if [ -n "${NGBAK_JAVA:-}" ]; then
    java=$NGBAK_JAVA
    source=NGBAK_JAVA
  elif [ -n "${JAVA_HOME:-}" ]; then
    java=$JAVA_HOME/bin/java
    source=JAVA_HOME
  elif [ -x "$home/runtime/bin/java" ]; then
    java=$home/runtime/bin/java
    source="the bundled runtime"
  elif java=$(command -v java); then
    source="the PATH"
  else
    refuse_java "but there is none: NGBAK_JAVA and JAVA_HOME are not set, and the PATH has no java"
  fi
  if [ ! -x "$java" ] || [ -d "$java" ]; then
    refuse_java "but $java (from $source) is not a program that can be run"
  fi
  java_version=$("$java" -version 2>&1 </dev/null | sed -n 's/^.* version "\([^"]*\)".*$/\1/p' | head -n 1)
  major=${java_version#1.}
  major=${major%%[!0-9]*}
  if [ -z "$major" ]; then
    refuse_java "but $java (from $source) does not tell its version"
  elif [ "$major" -lt 17 ]; then
    refuse_java "but $java (from $source) is Java $java_version"
  fi
}

refuse_java() {
  echo "ngbak: Java 17 or newer is needed, $1. Install one, and set NGBAK_JAVA to its bin/java or JAVA_HOME to its folder." >&2
  exit 2
}

# Sets shared to the file with the shared classes, and writes it if possible. Class data sharing makes starts faster;
# everything works without it.
share_classes() {
  shared=$cache/${jar##*/}-$java_version.jsa
  if ! shared_is_current && [ -n "$cache" ]; then
    lock_and_write_shared_classes 2>/dev/null || true
  fi
}

shared_is_current() {
  [ -f "$shared" ] && [ -z "$(find "$jar" -newer "$shared")" ]
}

lock_and_write_shared_classes() {
  mkdir -p "$cache" && [ -w "$cache" ] || return 0
  if command -v flock >/dev/null; then
    (
      flock 9
      shared_is_current || write_shared_classes
    ) 9>"$cache/.lock"
  else
    write_shared_classes
  fi
}

write_shared_classes() {
  find "$cache" -name '*.jsa*' -mtime +90 -exec rm -f {} +
  part=$shared.$$
  NGBAK_PLUGINS='' "$java" -XX:ArchiveClassesAtExit="$part" -XX:+UseSerialGC -Xlog:disable -jar "$jar" \
    demo --exit --json >/dev/null 2>&1 </dev/null || true
  # If Java could not write it, an empty file keeps the next commands from trying again.
  [ -f "$part" ] || touch "$part"
  mv -f "$part" "$shared"
}

# Replaces this process by the program.
run() {
  # Java encodes file names according to the locale, and cannot encode all of them in the C locale.
  case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
    *[Uu][Tt][Ff]*) ;;
    *)
      LC_ALL=C.UTF-8
      export LC_ALL
      ;;
  esac

  # Short commands end before the C2 compiler would pay off. Global options may come before the command.
  compiler=-XX:TieredStopAtLevel=1
  for word in "$@"; do
    case $word in
      backup | restore | verify | diff | demo | serve) compiler=-XX:+TieredCompilation ;;
    esac
  done
  set -- "$compiler" -jar "$jar" "$@"
  if [ -s "$shared" ]; then
    set -- -XX:SharedArchiveFile="$shared" -Xlog:cds=off -Xlog:cds+dynamic=off "$@"
  fi
  if [ -t 2 ]; then
    set -- -Dngbak.terminal=true "$@"
  fi
  # shellcheck disable=SC2086 # options are words
  exec "$java" -XX:+UseSerialGC -Xshare:auto ${NGBAK_JAVA_OPTS:-} "$@"
}
