#include "sha256.h"

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t x, uint32_t bits) { return x >> bits | x << (32 - bits); }

// Byte `i` of the padded message: a one bit behind the bytes, and their number in bits at the end.
static uint8_t padded(const uint8_t *bytes, uint32_t count, uint32_t total, uint32_t i) {
  if (i < count) return bytes[i];
  if (i == count) return 0x80;
  if (i < total - 4) return 0;
  return (uint8_t)(count * 8 >> (total - 1 - i) * 8);
}

void sha256(const uint8_t *bytes, uint32_t count, uint8_t digest[32]) {
  // Of the square roots of the first 8 primes.
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const uint32_t total = (count + 9 + 63) / 64 * 64;
  for (uint32_t block = 0; block < total; block += 64) {
    // The last 16 words of the message schedule.
    uint32_t w[16];
    uint32_t v[8];
    for (uint32_t i = 0; i < 8; i++) v[i] = state[i];
    for (uint32_t round = 0; round < 64; round++) {
      uint32_t *word = &w[round % 16];
      if (round < 16) {
        for (uint32_t i = 0; i < 4; i++) *word = *word << 8 | padded(bytes, count, total, block + round * 4 + i);
      } else {
        const uint32_t w2 = w[(round - 2) % 16], w15 = w[(round - 15) % 16];
        *word += (rotate(w2, 17) ^ rotate(w2, 19) ^ w2 >> 10) + w[(round - 7) % 16] +
                 (rotate(w15, 7) ^ rotate(w15, 18) ^ w15 >> 3);
      }
      const uint32_t a = v[0], e = v[4];
      const uint32_t t1 = v[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
                          ((e & v[5]) ^ (~e & v[6])) + k[round] + *word;
      const uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
                          ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
      for (uint32_t i = 7; i > 0; i--) v[i] = v[i - 1];
      v[4] += t1;
      v[0] = t1 + t2;
    }
    for (uint32_t i = 0; i < 8; i++) state[i] += v[i];
  }
  for (uint32_t i = 0; i < 32; i++) digest[i] = (uint8_t)(state[i / 4] >> (24 - i % 4 * 8));
}
