// ST NUCLEO-H743ZI and H743ZI2. The ST-LINK's virtual COM port is USART3 on PD8 and PD9 (UM1974 and UM2407, virtual COM port).
#include "board.h"
#include "caches.h"
#include "cycles.h"
#include "gpio.h"
#include "receive.h"
#include "registers.h"
#include "uart.h"

#define GPIOD 0x58020c00u

#define RCC_CR REGISTER(0x58024400u)
#define RCC_CFGR REGISTER(0x58024410u)
#define RCC_D1CFGR REGISTER(0x58024418u)
#define RCC_D2CFGR REGISTER(0x5802441cu)
#define RCC_D3CFGR REGISTER(0x58024420u)
#define RCC_PLLCKSELR REGISTER(0x58024428u)
#define RCC_PLLCFGR REGISTER(0x5802442cu)
#define RCC_PLL1DIVR REGISTER(0x58024430u)
#define RCC_AHB4ENR REGISTER(0x580244e0u)
#define RCC_APB1LENR REGISTER(0x580244e8u)
#define PWR_CSR1 REGISTER(0x58024804u)
#define PWR_CR3 REGISTER(0x5802480cu)
#define PWR_D3CR REGISTER(0x58024818u)
#define FLASH_ACR REGISTER(0x52002000u)

enum { CR_PLL1ON = 1 << 24, CR_PLL1RDY = 1 << 25 };
enum { CSR1_ACTVOSRDY = 1 << 13, D3CR_VOSRDY = 1 << 13, D3CR_VOS_1 = 3 << 14 };
enum { CR3_SUPPLY = 7, CR3_LDOEN = 1 << 1 };
enum { AHB4ENR_GPIODEN = 1 << 3, APB1LENR_USART3EN = 1 << 18 };
enum { CFGR_SW_PLL1 = 3, CFGR_SWS_PLL1 = 3 << 3 };
// 400 MHz is what every revision of the chip reaches; only revision V goes up to 480.
_Static_assert(CORE_HZ == 64000000 / 16 * 200 / 2, "the dividers below");

static void clock_start(void) {
  // The board feeds the core by the internal regulator. The supply is settled by the first write after power on.
  set_field(&PWR_CR3, CR3_SUPPLY, CR3_LDOEN);
  wait_until_set(&PWR_CSR1, CSR1_ACTVOSRDY);
  PWR_D3CR |= D3CR_VOS_1;
  wait_until_set(&PWR_D3CR, D3CR_VOSRDY);

  // The internal oscillator of 64 MHz over M = 16: 4 MHz. PLL1RGE = 2: an input from 4 to 8 MHz; the wide VCO; P alone.
  RCC_PLLCKSELR = 16u << 4;
  RCC_PLLCFGR = 1u << 16 | 2u << 2;
  // Times N = 200, over P = 2; each stands less one. Q and R stay at 2.
  RCC_PLL1DIVR = (200u - 1) | (2u - 1) << 9 | (2u - 1) << 16 | (2u - 1) << 24;
  RCC_CR |= CR_PLL1ON;
  wait_until_set(&RCC_CR, CR_PLL1RDY);

  // Two wait states and the same programming delay for an AXI bus of 200 MHz at voltage scale 1.
  FLASH_ACR = 2u << 4 | 2u;
  while ((FLASH_ACR & 0x3f) != (2u << 4 | 2u)) {
  }
  // HPRE: buses at half the core. D1PPRE, D2PPRE1, D2PPRE2, D3PPRE: peripherals at half of that.
  RCC_D1CFGR = 8u | 4u << 4;
  RCC_D2CFGR = 4u << 4 | 4u << 8;
  RCC_D3CFGR = 4u << 4;
  set_field(&RCC_CFGR, 7, CFGR_SW_PLL1);
  wait_until_set(&RCC_CFGR, CFGR_SWS_PLL1);
}

void board_init(void) {
  clock_start();
  caches_start();
  cycles_start();

  RCC_AHB4ENR |= AHB4ENR_GPIODEN;
  RCC_APB1LENR |= APB1LENR_USART3EN;
  (void)RCC_APB1LENR;
  gpio_alternate(GPIOD, 8, 7);
  gpio_alternate_input(GPIOD, 9, 7);
  uart_start();
  receive_start();
}
