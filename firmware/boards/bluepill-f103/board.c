// The "Blue Pill" with an STM32F103C8. A USB serial adapter goes to USART1: its RX to PA9, its TX to PA10.
#include "board.h"
#include "cycles.h"
#include "receive.h"
#include "registers.h"
#include "uart.h"

#define RCC_CR REGISTER(0x40021000u)
#define RCC_CFGR REGISTER(0x40021004u)
#define RCC_APB2ENR REGISTER(0x40021018u)
#define FLASH_ACR REGISTER(0x40022000u)
// Port A, pins 8 to 15: four bits a pin.
#define GPIOA_CRH REGISTER(0x40010804u)
#define GPIOA_BSRR REGISTER(0x40010810u)

enum { CR_HSEON = 1 << 16, CR_HSERDY = 1 << 17, CR_PLLON = 1 << 24, CR_PLLRDY = 1 << 25 };
// PPRE1: APB1 at half, which is its limit. PLLSRC: the crystal. PLLMUL: 7 is nine times.
enum { CFGR_PPRE1_2 = 4 << 8, CFGR_PLLSRC_HSE = 1 << 16, CFGR_PLLMUL_9 = 7 << 18, CFGR_SW_PLL = 2, CFGR_SWS_PLL = 2 << 2 };
// Prefetch and two wait states above 48 MHz.
enum { FLASH_ACCESS = 1 << 4 | 2 };
enum { APB2ENR_IOPAEN = 1 << 2, APB2ENR_USART1EN = 1 << 14 };
// PA9: alternate function, push-pull, 50 MHz. PA10: input with a pull-up, which keeps an open line quiet.
enum { CRH_PINS_9_10 = 0xff << 4, CRH_PA9_TX = 0xb << 4, CRH_PA10_RX = 0x8 << 8, PA10_UP = 1 << 10 };

_Static_assert(CORE_HZ == 8000000 * 9, "the multiplier above");

static void clock_start(void) {
  // The board's crystal of 8 MHz: the internal oscillator reaches 64 MHz at most.
  RCC_CR |= CR_HSEON;
  wait_until_set(&RCC_CR, CR_HSERDY);
  FLASH_ACR = FLASH_ACCESS;
  RCC_CFGR = CFGR_PPRE1_2 | CFGR_PLLSRC_HSE | CFGR_PLLMUL_9;
  RCC_CR |= CR_PLLON;
  wait_until_set(&RCC_CR, CR_PLLRDY);
  RCC_CFGR |= CFGR_SW_PLL;
  wait_until_set(&RCC_CFGR, CFGR_SWS_PLL);
}

void board_init(void) {
  clock_start();
  cycles_start();

  RCC_APB2ENR |= APB2ENR_IOPAEN | APB2ENR_USART1EN;
  (void)RCC_APB2ENR;
  GPIOA_BSRR = PA10_UP;
  set_field(&GPIOA_CRH, CRH_PINS_9_10, CRH_PA9_TX | CRH_PA10_RX);
  uart_start();
  receive_start();
}
