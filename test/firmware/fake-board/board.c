// A board that is a process: its serial port are standard input and output, or with WICK_PTY a pseudo terminal, whose name
// it prints on standard error.
#define _GNU_SOURCE
#include "board.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "fake.h"

const char board_name[] = "fake-board";
// 24 bits, about to wrap.
const uint32_t board_ticks_mask = 0xffffff;
const uint32_t board_ticks_hz = 0;
static uint32_t ticks = 0xfffff0;
// With WICK_GRAIN the counter steps by so many ticks.
static uint32_t grain = 1;

static int from = 0, to = 1;

void board_init(void) {
  if (getenv("WICK_GRAIN") != 0) grain = (uint32_t)atoi(getenv("WICK_GRAIN"));
  if (getenv("WICK_PTY") == 0) return;
  from = to = posix_openpt(O_RDWR | O_NOCTTY);
  grantpt(from);
  unlockpt(from);
  // Without what a terminal does to bytes.
  struct termios settings;
  tcgetattr(from, &settings);
  cfmakeraw(&settings);
  tcsetattr(from, TCSANOW, &settings);
  fprintf(stderr, "%s\n", ptsname(from));
}

int board_read(void) {
  static uint8_t bytes[4096];
  static ssize_t count = 0, next = 0;
  while (next == count) {
    next = count = 0;
    const ssize_t received = read(from, bytes, sizeof bytes);
    if (received > 0) {
      count = received;
      break;
    }
    // The host has gone; to a terminal another may come.
    if (from == 0) exit(0);
    usleep(1000);
  }
  return bytes[next++];
}

void board_write(const uint8_t *bytes, size_t count) {
  while (count > 0) {
    const ssize_t written = write(to, bytes, count);
    if (written <= 0) exit(0);
    bytes += written;
    count -= (size_t)written;
  }
}

// Reading it takes 7 ticks.
uint32_t board_ticks(void) {
  fake_spend(7);
  return ticks / grain * grain;
}

void fake_spend(uint32_t count) { ticks = (ticks + count) & board_ticks_mask; }

uint32_t board_stack_used(void) { return 700; }
uint32_t board_stack_bytes(void) { return 2048; }

_Noreturn static void restart(const char *reason) {
  setenv("WICK_START", reason, 1);
  execl(getenv("WICK_PROGRAM"), "firmware", (char *)0);
  abort();
}

_Noreturn void board_reset(void) { restart("1"); }
_Noreturn void fake_fault(void) { restart("2"); }

enum board_start board_start_reason(void) {
  const char *reason = getenv("WICK_START");
  return reason == 0 ? BOARD_START_POWER : (enum board_start)atoi(reason);
}

uint32_t board_fault_address(void) { return board_start_reason() == BOARD_START_FAULT ? 0x0800abcd : 0; }
