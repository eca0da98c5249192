/* Poseidon of pairs: the Hades permutation of (x, y, 2), with one constant for each partial round. */
#ifndef POSEIDON_H
#define POSEIDON_H

#include "constants.h"
#include "field.h"

#define FULL_ROUNDS 8
#define PARTIAL_ROUNDS 83

static felt full_keys[FULL_ROUNDS][3];
static felt partial_keys[PARTIAL_ROUNDS];

static void initialize_poseidon(void) {
  for (int i = 0; i < FULL_ROUNDS; i++) {
    for (int lane = 0; lane < 3; lane++) full_keys[i][lane] = canonical(to_montgomery(FULL_KEYS[i][lane]));
  }
  for (int i = 0; i < PARTIAL_ROUNDS; i++) partial_keys[i] = canonical(to_montgomery(PARTIAL_KEYS[i]));
}

/* Of a value below 3P, loose. */
INLINE felt cube(felt a) { return mul(sqr(a), a); }

/* (a, b, c) to (3a + b + c, a - b + c, a + b - 2c), of loose values to loose values; nothing gets above 12P. */
INLINE void mix(felt *a, felt *b, felt *c) {
  felt sum = add(add(*a, *b), *c);
  *a = loosen(add(sum, add(*a, *a)));
  *b = loosen(sub(sum, add(*b, *b), 4));
  *c = loosen(sub(sum, add(add(*c, *c), *c), 6));
}

INLINE void full_rounds(felt *a, felt *b, felt *c, int from, int to) {
  for (int i = from; i < to; i++) {
    *a = cube(add(*a, full_keys[i][0]));
    *b = cube(add(*b, full_keys[i][1]));
    *c = cube(add(*c, full_keys[i][2]));
    mix(a, b, c);
  }
}

/* Hashes of `count` pairs of raw felts. */
static void hash_poseidon_pairs(const felt (*pairs)[2], felt *hashes, int count) {
  for (int h = 0; h < count; h++) {
    felt a = to_montgomery(pairs[h][0]);
    felt b = to_montgomery(pairs[h][1]);
    felt c = add(ONE, ONE);
    full_rounds(&a, &b, &c, 0, FULL_ROUNDS / 2);
    for (int i = 0; i < PARTIAL_ROUNDS; i++) {
      c = cube(add(c, partial_keys[i]));
      mix(&a, &b, &c);
    }
    full_rounds(&a, &b, &c, FULL_ROUNDS / 2, FULL_ROUNDS);
    hashes[h] = from_montgomery(a);
  }
}

#endif
