// ST NUCLEO-G071RB. The ST-LINK's virtual COM port is USART2 on PA2 and PA3 (UM2324, virtual COM port).
#include "board.h"
#include "gpio.h"
#include "receive.h"
#include "registers.h"
#include "uart.h"

#define GPIOA 0x50000000u

#define RCC_CR REGISTER(0x40021000u)
#define RCC_CFGR REGISTER(0x40021008u)
#define RCC_PLLCFGR REGISTER(0x4002100cu)
#define RCC_IOPENR REGISTER(0x40021034u)
#define RCC_APBENR1 REGISTER(0x4002103cu)
#define FLASH_ACR REGISTER(0x40022000u)

// TIM2, whose counter has 32 bits: a Cortex-M0+ has no cycle counter.
#define TIM2_CR1 REGISTER(0x40000000u)
#define TIM2_EGR REGISTER(0x40000014u)
#define TIM2_CNT REGISTER(0x40000024u)
#define TIM2_PSC REGISTER(0x40000028u)
#define TIM2_ARR REGISTER(0x4000002cu)

enum { CR_PLLON = 1 << 24, CR_PLLRDY = 1 << 25, CFGR_SW_PLL = 2, CFGR_SWS_PLL = 2 << 3 };
enum { IOPENR_GPIOAEN = 1 << 0, APBENR1_TIM2EN = 1 << 0, APBENR1_USART2EN = 1 << 17 };
// Instruction cache, prefetch and two wait states above 48 MHz.
enum { FLASH_ACCESS = 1 << 9 | 1 << 8 | 2, FLASH_ACCESS_MASK = 1 << 9 | 1 << 8 | 7 };

const uint32_t board_ticks_mask = 0xffffffffu;
const uint32_t board_ticks_hz = CORE_HZ;

_Static_assert(CORE_HZ == 16000000 * 8 / 2, "the factors below");

static void clock_start(void) {
  set_field(&FLASH_ACR, FLASH_ACCESS_MASK, FLASH_ACCESS);
  while ((FLASH_ACR & FLASH_ACCESS_MASK) != FLASH_ACCESS) {
  }
  // PLLSRC = 2: the internal oscillator of 16 MHz; M = 1 (stands less one), N = 8, R = 2 (stands less one), PLLREN.
  RCC_PLLCFGR = 2u | 0u << 4 | 8u << 8 | 1u << 28 | 1u << 29;
  RCC_CR |= CR_PLLON;
  wait_until_set(&RCC_CR, CR_PLLRDY);
  set_field(&RCC_CFGR, 7, CFGR_SW_PLL);
  wait_until_set(&RCC_CFGR, CFGR_SWS_PLL);
}

void board_init(void) {
  clock_start();

  RCC_IOPENR |= IOPENR_GPIOAEN;
  RCC_APBENR1 |= APBENR1_TIM2EN | APBENR1_USART2EN;
  (void)RCC_APBENR1;
  TIM2_PSC = 0;
  TIM2_ARR = 0xffffffffu;
  TIM2_EGR = 1;
  TIM2_CR1 = 1;

  gpio_alternate(GPIOA, 2, 1);
  gpio_alternate_input(GPIOA, 3, 1);
  uart_start();
  receive_start();
}

uint32_t board_ticks(void) { return TIM2_CNT; }
