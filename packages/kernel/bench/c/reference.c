/*
 * The native side of the bench. Prints the hashes of PAIRS, Pedersen and then Poseidon, one a line. Then takes commands
 * from its input, "pedersen RUNS" or "poseidon RUNS", hashes all pairs that often, and answers with the CPU time in
 * nanoseconds.
 */
#define _POSIX_C_SOURCE 199309L
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "pedersen.h"
#include "poseidon.h"

_Static_assert(PAIR_COUNT <= BATCH_COUNT_MAX, "too many pairs for one batch");

static felt hashes[PAIR_COUNT];

static void print_hashes(void) {
  for (int i = 0; i < PAIR_COUNT; i++) {
    for (int word = 3; word >= 0; word--) printf("%016" PRIx64, hashes[i].word[word]);
    putchar('\n');
  }
}

static int64_t cpu_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int main(void) {
  char operation[16];
  int runs;
  initialize_pedersen();
  initialize_poseidon();
  hash_pedersen_pairs(PAIRS, hashes, PAIR_COUNT);
  print_hashes();
  hash_poseidon_pairs(PAIRS, hashes, PAIR_COUNT);
  print_hashes();
  fflush(stdout);
  while (scanf("%15s %d", operation, &runs) == 2) {
    bool is_pedersen = strcmp(operation, "pedersen") == 0;
    int64_t start = cpu_nanoseconds();
    for (int i = 0; i < runs; i++) (is_pedersen ? hash_pedersen_pairs : hash_poseidon_pairs)(PAIRS, hashes, PAIR_COUNT);
    printf("%" PRId64 "\n", cpu_nanoseconds() - start);
    fflush(stdout);
  }
  return 0;
}
