// CRC-32 as Ethernet, zip and PNG have it: reflected polynomial 0xedb88320, all ones first, inverted at the end.
#ifndef WICK_CRC32_H
#define WICK_CRC32_H

#include <stdint.h>

// The register before the first byte.
#define CRC32_START 0xffffffffu
// The register after bytes that their own CRC-32 follows, least significant byte first.
#define CRC32_RESIDUE 0xdebb20e3u

// The register after one more byte. The CRC-32 is the register inverted.
uint32_t crc32_update(uint32_t crc, uint8_t byte);

// The CRC-32 of `count` bytes.
uint32_t crc32(const uint8_t *bytes, uint32_t count);

#endif
