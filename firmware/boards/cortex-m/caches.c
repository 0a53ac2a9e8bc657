#include "caches.h"

#include "registers.h"

#define SCB_CCR REGISTER(0xe000ed14u)
#define SCB_CCR_DC (1u << 16)
#define SCB_CCR_IC (1u << 17)
#define SCB_CCSIDR REGISTER(0xe000ed80u)
#define SCB_CSSELR REGISTER(0xe000ed84u)
#define SCB_ICIALLU REGISTER(0xe000ef50u)
#define SCB_DCISW REGISTER(0xe000ef60u)

// Both come up with anything in them and have to be invalidated first.
void caches_start(void) {
  SCB_ICIALLU = 0;
  // 0: the data cache of level 1.
  SCB_CSSELR = 0;
  __asm__ volatile("dsb" ::: "memory");
  const uint32_t sets = (SCB_CCSIDR >> 13 & 0x7fff) + 1;
  const uint32_t ways = (SCB_CCSIDR >> 3 & 0x3ff) + 1;
  // The way stands in the top bits (four ways), the set from bit 5 on (lines of 32 bytes).
  for (uint32_t set = 0; set < sets; set++)
    for (uint32_t way = 0; way < ways; way++) SCB_DCISW = way << 30 | set << 5;
  __asm__ volatile("dsb\n isb" ::: "memory");
  SCB_CCR |= SCB_CCR_IC | SCB_CCR_DC;
  __asm__ volatile("dsb\n isb" ::: "memory");
}
