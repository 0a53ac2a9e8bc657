#include "protocol.h"

#include "board.h"
#include "commands.h"
#include "crc32.h"

// Both ways a frame is version, command, sequence number (two bytes), payload, CRC-32; then COBS makes it free of zeros.
enum { header_bytes = 4, crc_bytes = 4, answer_bit = 0x80 };
// The longest are COMMAND_WRITE (port, offset, chunk) and the answer to COMMAND_READ (status, chunk).
enum { request_bytes = header_bytes + 5 + chunk_bytes + crc_bytes };
enum { answer_most = header_bytes + 1 + chunk_bytes };

// The frame that is being received, decoded as it comes in: of one that is too long, its beginning.
static struct {
  uint8_t bytes[request_bytes];
  // Decoded bytes, also those that did not fit.
  uint32_t count;
  uint32_t crc;
  // The bytes that are left of the block of COBS, and whether a zero follows it.
  uint8_t left;
  bool zero;
} in;

// The last answer, kept to be sent again where the host did not get it; `count` without the CRC-32.
static struct {
  uint8_t bytes[answer_most + crc_bytes];
  uint32_t count;
} out;

// The number of the last request that was answered; there is none before the host has asked who is there.
static struct {
  bool there;
  uint16_t sequence;
} last;

static uint32_t damaged;

uint32_t protocol_damaged(void) { return damaged; }

void answer_u8(uint8_t value) {
  if (out.count < answer_most) out.bytes[out.count++] = value;
}

void answer_u16(uint16_t value) {
  answer_u8((uint8_t)value);
  answer_u8((uint8_t)(value >> 8));
}

void answer_u32(uint32_t value) {
  answer_u16((uint16_t)value);
  answer_u16((uint16_t)(value >> 16));
}

void answer_bytes(const uint8_t *bytes, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) answer_u8(bytes[i]);
}

void answer_text(const char *text) {
  const uint32_t room = out.count < answer_most ? answer_most - 1 - out.count : 0;
  uint32_t length = 0;
  while (text[length] != 0 && length < room && length < 255) length++;
  answer_u8((uint8_t)length);
  answer_bytes((const uint8_t *)text, length);
}

// COBS: each zero is left out, and before each run of other bytes stands how far the next zero is.
static void send(const uint8_t *bytes, uint32_t count) {
  static const uint8_t delimiter = 0;
  board_write(&delimiter, 1);
  for (uint32_t from = 0; from <= count;) {
    uint32_t run = 0;
    while (run < 254 && from + run < count && bytes[from + run] != 0) run++;
    const uint8_t code = (uint8_t)(run + 1);
    board_write(&code, 1);
    board_write(&bytes[from], run);
    from += run;
    // A zero follows, but for a full block; the end of a frame stands for one.
    if (run < 254) {
      from++;
    } else if (from == count) {
      break;
    }
  }
  board_write(&delimiter, 1);
}

// Puts the header of an answer to the frame that came in.
static void begin_answer(uint8_t *bytes, enum wick_status status) {
  bytes[0] = protocol_version;
  bytes[1] = in.bytes[1] | answer_bit;
  bytes[2] = in.bytes[2];
  bytes[3] = in.bytes[3];
  bytes[header_bytes] = (uint8_t)status;
}

// Puts the CRC-32 behind an answer and sends it.
static void end_answer(uint8_t *bytes, uint32_t count) {
  const uint32_t crc = crc32(bytes, count);
  for (uint32_t i = 0; i < crc_bytes; i++) bytes[count + i] = (uint8_t)(crc >> i * 8);
  send(bytes, count + crc_bytes);
}

// Leaves the last answer as it is.
static void refuse(enum wick_status status) {
  uint8_t bytes[header_bytes + 1 + crc_bytes];
  begin_answer(bytes, status);
  end_answer(bytes, header_bytes + 1);
}

// A frame whose CRC-32 is right.
static void answer_frame(void) {
  if (in.bytes[0] != protocol_version) {
    refuse(WICK_BAD_REQUEST);
    return;
  }
  const bool fits = in.count <= request_bytes;
  const struct request request = {
      in.bytes[1], &in.bytes[header_bytes], in.count - header_bytes - crc_bytes};
  const uint16_t sequence = (uint16_t)(in.bytes[2] | in.bytes[3] << 8);
  if (!fits || request.command != COMMAND_IDENTIFY) {
    if (last.there && sequence == last.sequence) {
      send(out.bytes, out.count + crc_bytes);
      return;
    }
    if (!last.there || sequence != (uint16_t)(last.sequence + 1)) {
      refuse(WICK_OUT_OF_ORDER);
      return;
    }
  }
  last.there = true;
  last.sequence = sequence;
  out.count = header_bytes + 1;
  const enum wick_status status = fits ? commands_run(&request) : WICK_BAD_REQUEST;
  begin_answer(out.bytes, status);
  end_answer(out.bytes, out.count);
  if (fits) commands_answered(&request);
}

void protocol_start(void) {
  in.count = 0;
  in.crc = CRC32_START;
  in.left = 0;
  in.zero = false;
}

static void push(uint8_t byte) {
  if (in.count < request_bytes) in.bytes[in.count] = byte;
  in.count++;
  in.crc = crc32_update(in.crc, byte);
}

void protocol_receive(uint8_t byte) {
  if (byte != 0) {
    if (in.left > 0) {
      push(byte);
      in.left--;
      return;
    }
    if (in.zero) push(0);
    in.left = (uint8_t)(byte - 1);
    in.zero = byte != 255;
    return;
  }
  // Delimiters stand before and after each frame, so that there is nothing between most of them.
  const bool empty = in.count == 0 && in.left == 0 && !in.zero;
  if (!empty) {
    if (in.left == 0 && in.count >= header_bytes + crc_bytes && in.crc == CRC32_RESIDUE) {
      answer_frame();
    } else {
      damaged++;
    }
  }
  protocol_start();
}
