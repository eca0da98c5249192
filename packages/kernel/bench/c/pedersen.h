/*
 * Pedersen in batches, by the method of the kernel: the 504 bits of a pair, cut into windows of digits +-1, pick one point
 * a window; the points of all hashes are added up as a tree, with one inversion a level (Montgomery's trick).
 * ../../assembly/windows.ts says why there are no zeros, no carries and no equal points.
 */
#ifndef PEDERSEN_H
#define PEDERSEN_H

#include "constants.h"
#include "field.h"

#define PAIR_BITS 504
#define WINDOW_BITS 12
#define WINDOW_COUNT (PAIR_BITS / WINDOW_BITS)
#define HALF_WINDOW (1 << (WINDOW_BITS - 1))
#define BATCH_COUNT_MAX 256

_Static_assert(PAIR_BITS % WINDOW_BITS == 0, "the last window would be narrower");

typedef struct {
  felt x, y;
} point;

/* Canonical. Half of each window's points, those whose top bit is 1; of the last window, with the constant, all. */
static point table[(WINDOW_COUNT + 1) * HALF_WINDOW] __attribute__((aligned(64)));

static point points[WINDOW_COUNT * BATCH_COUNT_MAX] __attribute__((aligned(64)));
static felt products[WINDOW_COUNT / 2 * BATCH_COUNT_MAX + 1];
static felt differences[WINDOW_COUNT / 2 * BATCH_COUNT_MAX];

/* The sum of points with different x, given the inverse of b.x - a.x. */
INLINE point add_given(point a, point b, felt inverse) {
  felt slope = mul(inverse, sub(b.y, a.y, 2));
  point sum;
  sum.x = loosen(sub(sub(sqr(slope), a.x, 2), b.x, 2));
  sum.y = loosen(sub(mul(slope, sub(a.x, sum.x, 2)), a.y, 2));
  return sum;
}

static point add_points(point a, point b) { return add_given(a, b, invert(sub(b.x, a.x, 2))); }

/* y^2 = x^3 + x + beta: the slope is (3x^2 + 1) / 2y. */
static point double_point(point a) {
  felt square = sqr(a.x);
  felt numerator = add(add(add(square, square), square), ONE);
  felt slope = mul(numerator, invert(add(a.y, a.y)));
  point sum;
  sum.x = loosen(sub(sub(sqr(slope), a.x, 2), a.x, 2));
  sum.y = loosen(sub(mul(slope, sub(a.x, sum.x, 2)), a.y, 2));
  return sum;
}

/* out[i] = in[i] + addend. */
static void add_to_all(point *out, const point *in, int count, point addend) {
  products[0] = ONE;
  for (int i = 0; i < count; i++) products[i + 1] = mul(products[i], sub(addend.x, in[i].x, 2));
  felt inverse = invert(products[count]);
  for (int i = count - 1; i >= 0; i--) {
    out[i] = add_given(in[i], addend, mul(inverse, products[i]));
    inverse = mul(inverse, sub(addend.x, in[i].x, 2));
  }
}

static void initialize_pedersen(void) {
  static const int bit_counts[4] = {248, 4, 248, 4};
  static point halves[PAIR_BITS];
  static point twice[PAIR_BITS];
  point constant = {to_montgomery(P0[0]), to_montgomery(P0[1])};
  int bit = 0;
  for (int base = 0; base < 4; base++) {
    point running = {to_montgomery(HALF_POINTS[base][0]), to_montgomery(HALF_POINTS[base][1])};
    for (int i = 0; i < bit_counts[base]; i++, bit++) {
      halves[bit] = running;
      twice[bit] = running = double_point(running);
      constant = add_points(constant, halves[bit]);
    }
  }
  for (int j = 0; j < WINDOW_COUNT; j++) {
    bool is_last = j == WINDOW_COUNT - 1;
    int first = j * WINDOW_BITS;
    int free_bits = is_last ? WINDOW_BITS : WINDOW_BITS - 1;
    point *entries = table + j * HALF_WINDOW;
    entries[0] = is_last ? constant : halves[first + free_bits];
    for (int k = 0; k < free_bits; k++) {
      point negated = {halves[first + k].x, negate(halves[first + k].y)};
      entries[0] = add_points(entries[0], negated);
    }
    for (int k = 0; k < free_bits; k++) add_to_all(entries + (1 << k), entries, 1 << k, twice[first + k]);
    for (int i = 0; i < 1 << free_bits; i++) {
      entries[i].x = canonical(entries[i].x);
      entries[i].y = canonical(entries[i].y);
    }
  }
}

/* The point of window j. Below the top bit's middle the entry is that of the inverted bits, and y is negated. */
INLINE point fetch_point(const uint64_t *string, int j) {
  int bit = j * WINDOW_BITS;
  uint64_t digits = string[bit / 64] >> (bit % 64);
  if (bit % 64 + WINDOW_BITS > 64) digits |= string[bit / 64 + 1] << (64 - bit % 64);
  digits &= 2 * HALF_WINDOW - 1;
  const point *entries = table + j * HALF_WINDOW;
  if (j == WINDOW_COUNT - 1) return entries[digits];
  uint64_t inverted = (digits >> (WINDOW_BITS - 1)) - 1;
  point found = entries[(digits ^ inverted) & (HALF_WINDOW - 1)];
  felt negated = negate(found.y);
  for (int i = 0; i < 4; i++) found.y.word[i] ^= (found.y.word[i] ^ negated.word[i]) & inverted;
  return found;
}

/* Point j of hash h is at [j * count + h]. */
static void fetch_points(const felt (*pairs)[2], int count) {
  for (int h = 0; h < count; h++) {
    const uint64_t *a = pairs[h][0].word;
    const uint64_t *b = pairs[h][1].word;
    uint64_t string[8] = {a[0], a[1], a[2], a[3] | b[0] << 60, b[0] >> 4 | b[1] << 60, b[1] >> 4 | b[2] << 60,
                          b[2] >> 4 | b[3] << 60, b[3] >> 4};
    for (int j = 0; j < WINDOW_COUNT; j++) points[j * count + h] = fetch_point(string, j);
  }
}

/* Hashes of `count` pairs of raw felts, at most BATCH_COUNT_MAX. */
static void hash_pedersen_pairs(const felt (*pairs)[2], felt *hashes, int count) {
  fetch_points(pairs, count);
  for (int rows = WINDOW_COUNT; rows > 1; rows = rows / 2 + rows % 2) {
    int half = rows / 2;
    /* Backwards, so that the sums, which are taken forwards, may lie over points already used. */
    int at = 0;
    products[0] = ONE;
    for (int j = half - 1; j >= 0; j--) {
      for (int h = count - 1; h >= 0; h--, at++) {
        differences[at] = sub(points[(2 * j + 1) * count + h].x, points[2 * j * count + h].x, 2);
        products[at + 1] = mul(products[at], differences[at]);
      }
    }
    felt inverse = invert(products[at]);
    for (int j = 0; j < half; j++) {
      for (int h = 0; h < count; h++) {
        at--;
        felt own = mul(inverse, products[at]);
        inverse = mul(inverse, differences[at]);
        points[j * count + h] = add_given(points[2 * j * count + h], points[(2 * j + 1) * count + h], own);
      }
    }
    if (rows % 2) memcpy(points + half * count, points + (rows - 1) * count, count * sizeof(point));
  }
  for (int h = 0; h < count; h++) hashes[h] = from_montgomery(points[h].x);
}

#endif
