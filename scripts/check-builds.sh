#!/usr/bin/env bash
# Builds the golden test in many ways and runs it: the constants must hold in each. Options: names
# of variants, e.g. scripts/check-builds.sh g++-O0 clang++-v3; without, all of them.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build/check

# name, compiler, optimisation, sanitizers, further flags
variants="
    g++-O0       g++      -O0  -                  -
    g++-O2       g++      -O2  -                  -
    g++-O3       g++      -O3  -                  -
    g++-v3       g++      -O3  -                  -march=x86-64-v3
    g++-asan     g++      -O1  address,undefined  -
    clang++-O0   clang++  -O0  -                  -
    clang++-O2   clang++  -O2  -                  -
    clang++-O3   clang++  -O3  -                  -
    clang++-v3   clang++  -O3  -                  -march=x86-64-v3
    clang++-asan clang++  -O1  address,undefined  -
"

run_variant() {
    local name=$1 compiler=$2 optimize=$3 sanitize=$4 flags=$5 folder=build/check/$1
    [ "$sanitize" = - ] && sanitize=""
    [ "$flags" = - ] && flags=""
    cmake -S . -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$compiler" \
        -DCMAKE_CXX_FLAGS="$flags" -DJUGGLER_OPTIMIZE="$optimize" -DJUGGLER_SANITIZE="$sanitize" &&
        cmake --build "$folder" --target golden_test &&
        "$folder/tests/golden_test" --gtest_brief=1
}

passed=0 failed=0
while read -r name compiler optimize sanitize flags; do
    [ -z "$name" ] && continue
    if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
    if [[ $name == *-v3 ]] && ! grep -q avx2 /proc/cpuinfo; then
        printf '%-13s skipped: this CPU lacks AVX2\n' "$name"
        continue
    fi
    log=build/check/$name.log start=$SECONDS
    if run_variant "$name" "$compiler" "$optimize" "$sanitize" "$flags" >"$log" 2>&1; then
        printf '%-13s same hashes  %4d s\n' "$name" $((SECONDS - start))
        passed=$((passed + 1))
    else
        printf '%-13s FAILED       %4d s  %s\n' "$name" $((SECONDS - start)) "$log"
        failed=$((failed + 1))
    fi
done <<<"$variants"
echo "$passed builds agree, $failed failed"
[ "$failed" = 0 ]
