// A race on purpose: the check that ThreadSanitizer sees races between OpenMP's threads at all.
#include <cstdio>

int main() {
    int count = 0;
#pragma omp parallel for
    for (int i = 0; i < 100000; ++i)
        ++count;
    std::printf("%d\n", count);
}
