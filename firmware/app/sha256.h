// SHA-256 (FIPS 180-4), for few bytes of flash and stack rather than for speed.
#ifndef WICK_SHA256_H
#define WICK_SHA256_H

#include <stdint.h>

// The digest of fewer than 2^29 bytes.
void sha256(const uint8_t *bytes, uint32_t count, uint8_t digest[32]);

#endif
