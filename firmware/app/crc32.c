#include "crc32.h"

// Half a byte at a time: a table for whole bytes would take 1 kB of flash.
static const uint32_t table[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};

uint32_t crc32_update(uint32_t crc, uint8_t byte) {
  crc ^= byte;
  crc = crc >> 4 ^ table[crc & 15];
  return crc >> 4 ^ table[crc & 15];
}

uint32_t crc32(const uint8_t *bytes, uint32_t count) {
  uint32_t crc = CRC32_START;
  for (uint32_t i = 0; i < count; i++) crc = crc32_update(crc, bytes[i]);
  return ~crc;
}
