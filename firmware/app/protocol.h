// The serial protocol, see docs/protocol.md: frames, and what becomes of lost, doubled and damaged ones.
#ifndef WICK_PROTOCOL_H
#define WICK_PROTOCOL_H

#include <stdint.h>

enum {
  protocol_version = 1,
  // The most bytes of an input or output in one frame.
  chunk_bytes = 256,
};

enum command {
  COMMAND_IDENTIFY = 1,
  COMMAND_PORT = 2,
  COMMAND_WRITE = 3,
  COMMAND_INFER = 4,
  COMMAND_READ = 5,
  COMMAND_RUN_LAYER = 6,
  COMMAND_STATISTICS = 7,
  COMMAND_SELF_TEST = 8,
  COMMAND_LOAD = 9,
  COMMAND_RESET = 10,
};

// What a request says behind its header.
struct request {
  uint8_t command;
  const uint8_t *payload;
  uint32_t count;
};

// Awaits the beginning of a frame.
void protocol_start(void);

// Takes the next byte that the host sent. Where it completes a request, the answer is sent.
void protocol_receive(uint8_t byte);

// What did not reach commands.c: frames with a wrong CRC-32, or cut off.
uint32_t protocol_damaged(void);

// The bytes of an answer, one value after another, least significant byte first. What does not fit is cut off.
void answer_u8(uint8_t value);
void answer_u16(uint16_t value);
void answer_u32(uint32_t value);
void answer_bytes(const uint8_t *bytes, uint32_t count);
// As many bytes as follow (a byte), then those.
void answer_text(const char *text);

#endif
