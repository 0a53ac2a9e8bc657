#include "commands.h"

#include "board.h"
#include "crc32.h"
#include "sha256.h"

#ifndef FIRMWARE_VERSION
#error "FIRMWARE_VERSION says what the firmware answers to who is there"
#endif

static enum wick_status loaded;
static uint32_t inferences;
// Of the last inference.
static uint32_t last_ticks;

// Little-endian, at any address.
static uint32_t u32_at(const uint8_t *bytes) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static bool equal(const uint8_t *a, const uint8_t *b, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (a[i] != b[i]) return false;
  return true;
}

void commands_start(void) { loaded = engine_load(); }

static enum wick_status identify(void) {
  const struct wick_description *model = engine_describe();
  answer_u8((uint8_t)loaded);
  answer_u8((uint8_t)board_start_reason());
  answer_u32(board_fault_address());
  answer_u16(chunk_bytes);
  answer_u32(board_ticks_hz);
  answer_u32(model->abi_version);
  answer_u32(model->arena_bytes);
  answer_u32(model->memory_bytes);
  answer_u32(model->weights_bytes);
  answer_u32(model->weights_crc32);
  answer_bytes(model->weights_sha256, sizeof model->weights_sha256);
  answer_bytes(model->model_sha256, sizeof model->model_sha256);
  answer_u16((uint16_t)model->inputs);
  answer_u16((uint16_t)model->outputs);
  answer_u16((uint16_t)model->layers);
  answer_text(FIRMWARE_VERSION);
  answer_text(board_name);
  answer_text(model->engine);
  answer_text(model->checks);
  // The user chose it: last, as it may be too long.
  answer_text(model->model);
  return WICK_OK;
}

// An input (0) or output (1).
static enum wick_status find_port(uint8_t direction, uint8_t index, struct wick_buffer *port) {
  if (loaded != WICK_OK) return loaded;
  if (direction > 1) return WICK_BAD_ARGUMENT;
  *port = direction == 0 ? engine_input(index) : engine_output(index);
  return port->data == 0 ? WICK_BAD_ARGUMENT : WICK_OK;
}

static bool is_inside(const struct wick_buffer *port, uint32_t offset, uint32_t count) {
  return count <= port->bytes && offset <= port->bytes - count;
}

static enum wick_status write_input(const uint8_t *payload, uint32_t count) {
  if (count < 5) return WICK_BAD_REQUEST;
  struct wick_buffer port;
  const enum wick_status status = find_port(0, payload[0], &port);
  if (status != WICK_OK) return status;
  const uint32_t offset = u32_at(&payload[1]);
  count -= 5;
  if (!is_inside(&port, offset, count)) return WICK_BAD_ARGUMENT;
  for (uint32_t i = 0; i < count; i++) port.data[offset + i] = payload[5 + i];
  return WICK_OK;
}

static enum wick_status read_output(const uint8_t *payload, uint32_t count) {
  if (count != 7) return WICK_BAD_REQUEST;
  struct wick_buffer port;
  const enum wick_status status = find_port(1, payload[0], &port);
  if (status != WICK_OK) return status;
  const uint32_t offset = u32_at(&payload[1]);
  const uint32_t bytes = payload[5] | (uint32_t)payload[6] << 8;
  if (bytes > chunk_bytes || !is_inside(&port, offset, bytes)) return WICK_BAD_ARGUMENT;
  answer_bytes(&port.data[offset], bytes);
  return WICK_OK;
}

// Runs all layers, or one, and answers its ticks.
static enum wick_status run(const uint8_t *layer) {
  if (loaded != WICK_OK) return loaded;
  // What reading the counter takes itself.
  uint32_t start = board_ticks();
  const uint32_t reading = (board_ticks() - start) & board_ticks_mask;
  enum wick_status status;
  start = board_ticks();
  if (layer == 0) {
    status = engine_infer();
  } else {
    status = engine_run_layer(layer[0] | (uint32_t)layer[1] << 8);
  }
  const uint32_t elapsed = (board_ticks() - start) & board_ticks_mask;
  // A coarse counter may have stepped on where it was read twice, and not where little ran.
  const uint32_t ticks = elapsed > reading ? elapsed - reading : 0;
  if (status == WICK_TRAP) {
    loaded = engine_load();
  } else if (status == WICK_OK) {
    if (layer == 0) {
      inferences++;
      last_ticks = ticks;
    }
    answer_u32(ticks);
  }
  return status;
}

static enum wick_status statistics(void) {
  answer_u32(inferences);
  answer_u32(last_ticks);
  answer_u32(board_stack_used());
  answer_u32(board_stack_bytes());
  answer_u32(protocol_damaged());
  return WICK_OK;
}

// Of the weights as they are now: their CRC-32 (0) or SHA-256 (1).
static enum wick_status self_test(uint8_t digest) {
  const struct wick_description *model = engine_describe();
  if (digest == 0) {
    const uint32_t crc = crc32(model->weights, model->weights_bytes);
    answer_u32(crc);
    return crc == model->weights_crc32 ? WICK_OK : WICK_BAD_WEIGHTS;
  }
  if (digest > 1) return WICK_BAD_ARGUMENT;
  uint8_t sha[32];
  sha256(model->weights, model->weights_bytes, sha);
  answer_bytes(sha, sizeof sha);
  return equal(sha, model->weights_sha256, sizeof sha) ? WICK_OK : WICK_BAD_WEIGHTS;
}

enum wick_status commands_run(const struct request *request) {
  const uint8_t *payload = request->payload;
  const uint32_t count = request->count;
  switch (request->command) {
    case COMMAND_IDENTIFY:
      return count == 0 ? identify() : WICK_BAD_REQUEST;
    case COMMAND_PORT: {
      if (count != 2) return WICK_BAD_REQUEST;
      struct wick_buffer port;
      const enum wick_status status = find_port(payload[0], payload[1], &port);
      if (status == WICK_OK) answer_u32(port.bytes);
      return status;
    }
    case COMMAND_WRITE:
      return write_input(payload, count);
    case COMMAND_INFER:
      return count == 0 ? run(0) : WICK_BAD_REQUEST;
    case COMMAND_READ:
      return read_output(payload, count);
    case COMMAND_RUN_LAYER:
      return count == 2 ? run(payload) : WICK_BAD_REQUEST;
    case COMMAND_STATISTICS:
      return count == 0 ? statistics() : WICK_BAD_REQUEST;
    case COMMAND_SELF_TEST:
      return count == 1 ? self_test(payload[0]) : WICK_BAD_REQUEST;
    case COMMAND_LOAD:
      if (count != 0) return WICK_BAD_REQUEST;
      return loaded = engine_load();
    case COMMAND_RESET:
      return count == 0 ? WICK_OK : WICK_BAD_REQUEST;
    default:
      return WICK_BAD_REQUEST;
  }
}

void commands_answered(const struct request *request) {
  if (request->command == COMMAND_RESET && request->count == 0) board_reset();
}
