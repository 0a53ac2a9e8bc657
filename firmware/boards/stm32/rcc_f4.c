#include "rcc_f4.h"

#define RCC_CR REGISTER(0x40023800u)
#define RCC_PLLCFGR REGISTER(0x40023804u)
#define RCC_CFGR REGISTER(0x40023808u)
#define PWR_CR REGISTER(0x40007000u)
#define PWR_CSR REGISTER(0x40007004u)
#define FLASH_ACR REGISTER(0x40023c00u)

enum { CR_PLLON = 1 << 24, CR_PLLRDY = 1 << 25 };
enum { APB1ENR_PWREN = 1 << 28 };
// VOS: scale 1, the fastest. ODEN, ODSWEN: over-drive.
enum { PWR_VOS_1 = 3 << 14, PWR_ODEN = 1 << 16, PWR_ODSWEN = 1 << 17 };
enum { PWR_ODRDY = 1 << 16, PWR_ODSWRDY = 1 << 17 };
// PPRE1: a quarter. PPRE2: half.
enum { CFGR_PPRE1_4 = 5 << 10, CFGR_PPRE2_2 = 4 << 13, CFGR_SW_PLL = 2, CFGR_SWS_PLL = 2 << 2 };

void clock_start_f4(uint32_t multiplier, uint32_t access) {
  RCC_APB1ENR |= APB1ENR_PWREN;
  // Read back: a peripheral may be used two cycles after its clock is on.
  (void)RCC_APB1ENR;
  PWR_CR |= PWR_VOS_1;

  // 16 MHz / M = 2 MHz, which the manual recommends, times N, over P = 2; PLLSRC = 0 is the internal oscillator. Q stays
  // within its limits' divider of 9, R (on chips with one) at 2.
  RCC_PLLCFGR = 8 | multiplier << 6 | 0u << 16 | 9u << 24 | 2u << 28;
  RCC_CR |= CR_PLLON;
  PWR_CR |= PWR_ODEN;
  wait_until_set(&PWR_CSR, PWR_ODRDY);
  PWR_CR |= PWR_ODSWEN;
  wait_until_set(&PWR_CSR, PWR_ODSWRDY);
  wait_until_set(&RCC_CR, CR_PLLRDY);

  // Slower flash and buses first, then the faster clock.
  FLASH_ACR = access;
  while (FLASH_ACR != access) {
  }
  set_field(&RCC_CFGR, 7u << 10 | 7u << 13, CFGR_PPRE1_4 | CFGR_PPRE2_2);
  set_field(&RCC_CFGR, 3, CFGR_SW_PLL);
  wait_until_set(&RCC_CFGR, CFGR_SWS_PLL);
}
