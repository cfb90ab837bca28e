#!/usr/bin/env bash
# Makes the Debian package of a build, installs it into an empty root, tries it there, and removes it.
#
#   package_test.sh BUILD_FOLDER
#
# Exits with 77, which ctest calls skipped, where there is no dpkg.
set -euo pipefail
command -v dpkg-deb >/dev/null && command -v dpkg-shlibdeps >/dev/null || {
    echo "skipped: needs dpkg and dpkg-shlibdeps (apt-get install dpkg-dev)"
    exit 77
}
build=$1
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
fail() { echo "FAIL $*"; exit 1; }

cpack --config "$build/CPackConfig.cmake" -G DEB -B "$folder/made" >"$folder/log" 2>&1 ||
    { cat "$folder/log"; fail "cpack"; }
package=$(find "$folder/made" -maxdepth 1 -name 'juggler_*.deb')
dpkg-deb -c "$package" >"$folder/contents"
for path in bin/juggler share/man/man1/juggler.1 share/bash-completion/completions/juggler \
    share/zsh/vendor-completions/_juggler share/fish/vendor_completions.d/juggler.fish \
    share/juggler/scenes/cornell.json share/juggler/scenes/scene.schema.json \
    share/doc/juggler/LICENSE; do
    grep -q " ./usr/$path\$" "$folder/contents" || { cat "$folder/contents"; fail "$path is missing"; }
done
grep -qv 'root/root' "$folder/contents" && fail "files belong to someone else than root"
dpkg-deb -f "$package" >"$folder/control"
grep -q '^Depends: .*libc6' "$folder/control" || fail "the package depends on nothing"
grep -A 9 '^Description: ' "$folder/control" | grep picture >/dev/null || fail "it does not say what it is"

root=$folder/root
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates"
touch "$root/var/lib/dpkg/status" "$root/var/lib/dpkg/available"
in_root() { dpkg --root="$root" --force-depends --force-not-root --force-script-chrootless \
    --log=/dev/null "$@" >"$folder/log" 2>&1 || { cat "$folder/log"; fail "dpkg $*"; }; }
in_root --install "$package"
"$root/usr/bin/juggler" render "$root/usr/share/juggler/scenes/cornell.json" --size 16x16 -s 1 \
    -o "$folder/picture.png" -q || fail "it does not render"
[ -s "$folder/picture.png" ] || fail "there is no picture"
if command -v groff >/dev/null; then
    said=$(groff -ww -man -Tutf8 -z "$root/usr/share/man/man1/juggler.1" 2>&1) || true
    [ -z "$said" ] || fail "the manual page: $said"
fi
bash -c '. "$1" && COMP_WORDS=(juggler ren) COMP_CWORD=1 && _juggler && [ "${COMPREPLY[0]}" = render ]' \
    - "$root/usr/share/bash-completion/completions/juggler" || fail "bash does not complete ren"
bash -c '. "$1" && COMP_WORDS=(juggler render --split ro) COMP_CWORD=3 && _juggler &&
    [ "${COMPREPLY[*]}" = rows ]' - "$root/usr/share/bash-completion/completions/juggler" ||
    fail "bash does not complete --split ro"
for shell in zsh fish; do
    command -v $shell >/dev/null || continue
    $shell -n "$(find "$root/usr/share/$shell" -type f)" || fail "$shell cannot read its completions"
done
in_root --purge juggler
left=$(find "$root" -path "$root/var" -prune -o -type f -print)
[ -z "$left" ] || fail "left behind: $left"
echo "ok   $(basename "$package"): $(grep -c -v '/$' "$folder/contents") files, in and out again"
