#!/bin/sh
# A binary to ship, and what debuggers and backtraces want apart from it:
#   deploy/strip.sh target/release/vetrina DIR    → DIR/vetrina, DIR/vetrina.debug
# With both in one folder a backtrace has its lines; the binary runs without.
set -eu
binary=$1 folder=$2
name=$(basename "$binary")
mkdir -p "$folder"
cd "$(dirname "$binary")"
folder=$(cd "$OLDPWD" && cd "$folder" && pwd)
objcopy --only-keep-debug --compress-debug-sections=zlib "$name" "$folder/$name.debug"
# The link to the other file is by its name and checksum, so it is made where that lies.
cp "$name" "$folder/$name"
cd "$folder"
strip --strip-all "$name"
objcopy --add-gnu-debuglink="$name.debug" "$name"
ls -l "$name" "$name.debug"
