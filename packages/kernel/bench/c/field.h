/*
 * The Stark field on four 64-bit words, least significant first, in Montgomery form with R = 2^256.
 *
 * Values are below 2^256 and need not be canonical: "loose" means below 2P, and each function states what it takes and
 * gives. P = 1 + P_TOP * 2^192, so a product is reduced by subtraction: with m = t * P^-1 mod R, that is t itself but
 * for the top word, m * P = m + m * P_TOP * 2^192, and (t - m * P) / R takes four word products.
 */
#ifndef FIELD_H
#define FIELD_H

#include <stdbool.h>
#include <stdint.h>

typedef unsigned __int128 u128;
typedef struct {
  uint64_t word[4];
} felt;

#define P_TOP UINT64_C(0x0800000000000011)
#define INLINE static inline __attribute__((always_inline))

/* R mod P and R^2 mod P. */
static const felt ONE = {{0xffffffffffffffe1, 0xffffffffffffffff, 0xffffffffffffffff, 0x07fffffffffffdf0}};
static const felt R_SQUARED = {{0xfffffd737e000401, 0x00000001330fffff, 0xffffffffff6f8000, 0x07ffd4ab5e008810}};

#if defined(__x86_64__)
#include <immintrin.h>

INLINE uint64_t add_carry(uint64_t a, uint64_t b, unsigned char *carry) {
  unsigned long long sum;
  *carry = _addcarry_u64(*carry, a, b, &sum);
  return sum;
}

INLINE uint64_t sub_borrow(uint64_t a, uint64_t b, unsigned char *borrow) {
  unsigned long long difference;
  *borrow = _subborrow_u64(*borrow, a, b, &difference);
  return difference;
}
#else
INLINE uint64_t add_carry(uint64_t a, uint64_t b, unsigned char *carry) {
  u128 sum = (u128)a + b + *carry;
  *carry = (unsigned char)(sum >> 64);
  return (uint64_t)sum;
}

INLINE uint64_t sub_borrow(uint64_t a, uint64_t b, unsigned char *borrow) {
  u128 difference = (u128)a - b - *borrow;
  *borrow = (unsigned char)(difference >> 64) & 1;
  return (uint64_t)difference;
}
#endif

/* a + b, which must be below 2^256. */
INLINE felt add(felt a, felt b) {
  unsigned char carry = 0;
  for (int i = 0; i < 4; i++) a.word[i] = add_carry(a.word[i], b.word[i], &carry);
  return a;
}

/* a - b + multiple * P, which must be within 0 and 2^256. */
INLINE felt sub(felt a, felt b, uint64_t multiple) {
  unsigned char borrow = 0;
  unsigned char carry = 0;
  for (int i = 0; i < 4; i++) a.word[i] = sub_borrow(a.word[i], b.word[i], &borrow);
  a.word[0] = add_carry(a.word[0], multiple, &carry);
  a.word[1] = add_carry(a.word[1], 0, &carry);
  a.word[2] = add_carry(a.word[2], 0, &carry);
  a.word[3] = add_carry(a.word[3], multiple * P_TOP, &carry);
  return a;
}

/* Any value to a loose one: takes floor(a / 2^251) - 1 times P away, at most what is there. */
INLINE felt loosen(felt a) {
  uint64_t quotient = a.word[3] >> 59;
  quotient -= quotient != 0;
  unsigned char borrow = 0;
  a.word[0] = sub_borrow(a.word[0], quotient, &borrow);
  a.word[1] = sub_borrow(a.word[1], 0, &borrow);
  a.word[2] = sub_borrow(a.word[2], 0, &borrow);
  a.word[3] = sub_borrow(a.word[3], quotient * P_TOP, &borrow);
  return a;
}

static bool is_canonical(felt a) {
  if (a.word[3] != P_TOP) return a.word[3] < P_TOP;
  return (a.word[0] | a.word[1] | a.word[2]) == 0;
}

static felt canonical(felt a) {
  static const felt modulus = {{1, 0, 0, P_TOP}};
  a = loosen(a);
  return is_canonical(a) ? a : sub(a, modulus, 0);
}

/* (t - m * P) / R + P, below P + t / R. */
INLINE felt reduce(const uint64_t t[8]) {
  u128 product = (u128)t[0] * P_TOP;
  uint64_t low = (uint64_t)product;
  uint64_t m3 = t[3] - low;
  unsigned char borrow = t[3] < low;
  unsigned char carry = 0;
  felt result;
  product = (u128)t[1] * P_TOP + (uint64_t)(product >> 64);
  result.word[0] = sub_borrow(t[4], (uint64_t)product, &borrow);
  product = (u128)t[2] * P_TOP + (uint64_t)(product >> 64);
  result.word[1] = sub_borrow(t[5], (uint64_t)product, &borrow);
  product = (u128)m3 * P_TOP + (uint64_t)(product >> 64);
  result.word[2] = sub_borrow(t[6], (uint64_t)product, &borrow);
  result.word[3] = sub_borrow(t[7], (uint64_t)(product >> 64), &borrow);
  result.word[0] = add_carry(result.word[0], 1, &carry);
  result.word[1] = add_carry(result.word[1], 0, &carry);
  result.word[2] = add_carry(result.word[2], 0, &carry);
  result.word[3] = add_carry(result.word[3], P_TOP, &carry);
  return result;
}

/* a * b / R. P is R / 32 and a little: for a below u * P and b below v * P with u * v <= 31 the result is loose. */
INLINE felt mul(felt a, felt b) {
  uint64_t t[8] = {0};
  for (int i = 0; i < 4; i++) {
    uint64_t high = 0;
    for (int j = 0; j < 4; j++) {
      u128 sum = (u128)a.word[j] * b.word[i] + t[i + j] + high;
      t[i + j] = (uint64_t)sum;
      high = (uint64_t)(sum >> 64);
    }
    t[i + 4] = high;
  }
  return reduce(t);
}

/* a * a / R, for a below 5P: the products of different words once, doubled, and the squares added. */
INLINE felt sqr(felt a) {
  const uint64_t *w = a.word;
  uint64_t t[8];
  u128 sum = (u128)w[0] * w[1];
  t[1] = (uint64_t)sum;
  sum = (u128)w[0] * w[2] + (uint64_t)(sum >> 64);
  t[2] = (uint64_t)sum;
  sum = (u128)w[0] * w[3] + (uint64_t)(sum >> 64);
  t[3] = (uint64_t)sum;
  t[4] = (uint64_t)(sum >> 64);
  sum = (u128)w[1] * w[2] + t[3];
  t[3] = (uint64_t)sum;
  sum = (u128)w[1] * w[3] + t[4] + (uint64_t)(sum >> 64);
  t[4] = (uint64_t)sum;
  sum = (u128)w[2] * w[3] + (uint64_t)(sum >> 64);
  t[5] = (uint64_t)sum;
  t[6] = (uint64_t)(sum >> 64);
  t[7] = t[6] >> 63;
  for (int i = 6; i > 1; i--) t[i] = (t[i] << 1) | (t[i - 1] >> 63);
  t[1] <<= 1;
  unsigned char carry = 0;
  for (int i = 0; i < 4; i++) {
    u128 square = (u128)w[i] * w[i];
    t[2 * i] = i == 0 ? (uint64_t)square : add_carry(t[2 * i], (uint64_t)square, &carry);
    t[2 * i + 1] = add_carry(t[2 * i + 1], (uint64_t)(square >> 64), &carry);
  }
  return reduce(t);
}

INLINE felt negate(felt a) {
  static const felt zero = {{0}};
  return sub(zero, a, 2);
}

static felt to_montgomery(felt a) { return mul(a, R_SQUARED); }

static felt from_montgomery(felt a) {
  static const felt one = {{1}};
  return canonical(mul(a, one));
}

static felt sqr_times(felt a, int count) {
  while (count-- > 0) a = sqr(a);
  return a;
}

/* a^(P - 2) with P - 2 = (2^59 + 2^4) * 2^192 + (2^192 - 1); `ones` is a^(2^k - 1). 0 for 0. */
static felt invert(felt a) {
  felt ones = mul(sqr(mul(sqr(a), a)), a);
  for (int k = 3; k < 192; k *= 2) ones = mul(sqr_times(ones, k), ones);
  felt high = mul(sqr_times(a, 55), a);
  return mul(sqr_times(high, 4 + 192), ones);
}

#endif
