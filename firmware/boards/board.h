// What the application asks of a board. Each folder beside this file implements it for one.
#ifndef WICK_BOARD_H
#define WICK_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The folder's name, which `wick firmware build --board` takes.
extern const char board_name[];

// Clock, UART and timer, before anything else of this file.
void board_init(void);

// The next byte that the host sent, or -1 where there is none. Never waits.
int board_read(void);

// Waits until all bytes are on their way.
void board_write(const uint8_t *bytes, size_t count);

// A counter that runs at the core's clock, or in QEMU at one tick an instruction; wraps at 2^32 or 2^24, see board_ticks_mask.
uint32_t board_ticks(void);
extern const uint32_t board_ticks_mask;

// Ticks a second, or 0 where a tick is an instruction (QEMU).
extern const uint32_t board_ticks_hz;

// The most bytes of stack that were in use since the start: the stack is painted before main.
uint32_t board_stack_used(void);
// The bytes that the linker script keeps for the stack.
uint32_t board_stack_bytes(void);

// Starts over, as after power on.
_Noreturn void board_reset(void);

// Why the firmware started last.
enum board_start {
  // Power on, or the reset pin.
  BOARD_START_POWER = 0,
  // board_reset.
  BOARD_START_RESET = 1,
  // The core faulted, see board_fault_address.
  BOARD_START_FAULT = 2,
  // The stack outgrew the bytes that are kept for it.
  BOARD_START_STACK = 3,
};
enum board_start board_start_reason(void);

// The address of the instruction that faulted, or 0 where none did or the core does not say.
uint32_t board_fault_address(void);

#endif
