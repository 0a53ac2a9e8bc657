// ST 32F746GDISCOVERY. The ST-LINK's virtual COM port is USART1 on PA9 and PB7 (UM1907, ST-LINK/V2-1 virtual COM port).
#include "board.h"
#include "caches.h"
#include "cycles.h"
#include "gpio.h"
#include "rcc_f4.h"
#include "receive.h"
#include "uart.h"

#define GPIOA 0x40020000u
#define GPIOB 0x40020400u

enum { AHB1ENR_GPIOAEN = 1 << 0, AHB1ENR_GPIOBEN = 1 << 1, APB2ENR_USART1EN = 1 << 4 };
// Seven wait states at 216 MHz and 3.3 V. Flash is read over AXI, through the core's caches: ST's accelerator is not on that way.
enum { FLASH_ACCESS = 7 };

void board_init(void) {
  clock_start_f4(CORE_HZ / 1000000, FLASH_ACCESS);
  caches_start();
  cycles_start();

  RCC_AHB1ENR |= AHB1ENR_GPIOAEN | AHB1ENR_GPIOBEN;
  RCC_APB2ENR |= APB2ENR_USART1EN;
  (void)RCC_APB2ENR;
  gpio_alternate(GPIOA, 9, 7);
  gpio_alternate_input(GPIOB, 7, 7);
  uart_start();
  receive_start();
}
