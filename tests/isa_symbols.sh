#!/bin/sh
# Objects built for one instruction set may share nothing with the baseline: a weak symbol outside
# their own namespace is a function the linker could hand to everyone.
# usage: isa_symbols.sh OBJECT...
command -v nm >/dev/null || { echo "SKIP: nm is not installed"; exit 77; }
failed=0 checked=0
for object in "$@"; do
    case $object in
    *simd_avx2*) isa=avx2 ;;
    *simd_avx512*) isa=avx512 ;;
    *simd_neon*) isa=neon ;;
    *) continue ;;
    esac
    checked=$((checked + 1))
    shared=$(nm -C "$object" | grep -E ' [VWu] ' | grep -v "juggler::$isa::")
    if [ -n "$shared" ]; then
        printf '%s shares with the baseline:\n%s\n' "$object" "$shared"
        failed=1
    fi
done
echo "$checked objects checked"
exit $failed
