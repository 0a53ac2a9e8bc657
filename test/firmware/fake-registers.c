// Runs board_init on registers in memory that answer as the chip's clock and power control do, and prints what they hold.
#include <stdio.h>
#include <stdlib.h>

#include "board.h"
#include "caches.h"
#include "fake-registers.h"
#include "receive.h"

static struct {
  uint32_t address, value;
} registers[128];
static int count;

static volatile uint32_t *find(uint32_t address) {
  for (int i = 0; i < count; i++)
    if (registers[i].address == address) return &registers[i].value;
  if (count == 128) abort();
  registers[count].address = address;
  return &registers[count++].value;
}

// Bits of one register follow bits of another: an oscillator that is on gets ready, a clock that is chosen is taken.
static void follow(uint32_t from, int bit, uint32_t to, int answer, uint32_t bits) {
  volatile uint32_t *target = find(to);
  *target = (*target & ~(bits << answer)) | (*find(from) >> bit & bits) << answer;
}

volatile uint32_t *fake_register(uint32_t address) {
  // FAKE_CR and FAKE_CFGR are the family's RCC_CR and RCC_CFGR; the ready bit of HSE and PLL stands above the one that turns them on.
  follow(FAKE_CR, 16, FAKE_CR, 17, 1);
  follow(FAKE_CR, 24, FAKE_CR, 25, 1);
  follow(FAKE_CFGR, 0, FAKE_CFGR, FAKE_SWS, (1u << FAKE_SWS) - 1);
#ifdef FAKE_PWR_F4
  // Over-drive and its switch, which need the PLL.
  if (*find(FAKE_CR) >> 25 & 1) follow(FAKE_PWR_F4, 16, FAKE_PWR_F4 + 4, 16, 3);
#endif
#ifdef FAKE_PWR_H7
  // LDOEN: the core's supply is settled; its voltage with that.
  follow(FAKE_PWR_H7 + 0x0c, 1, FAKE_PWR_H7 + 0x04, 13, 1);
  follow(FAKE_PWR_H7 + 0x0c, 1, FAKE_PWR_H7 + 0x18, 13, 1);
#endif
  return find(address);
}

// Only in assembly of the core.
void caches_start(void) {}
void receive_start(void) {}

int main(int arguments, char **values) {
  // Values after reset, as address=value.
  for (int i = 1; i < arguments; i++) {
    char *end;
    const uint32_t address = (uint32_t)strtoul(values[i], &end, 16);
    *find(address) = (uint32_t)strtoul(end + 1, NULL, 16);
  }
  board_init();
  for (int i = 0; i < count; i++) printf("%08x=%08x\n", registers[i].address, registers[i].value);
  printf("hz=%u\n", board_ticks_hz);
  return 0;
}
