// ST NUCLEO-F446RE. The ST-LINK's virtual COM port is USART2 on PA2 and PA3 (UM1724, USART communication).
#include "board.h"
#include "cycles.h"
#include "gpio.h"
#include "rcc_f4.h"
#include "receive.h"
#include "uart.h"

#define GPIOA 0x40020000u

enum { AHB1ENR_GPIOAEN = 1 << 0, APB1ENR_USART2EN = 1 << 17 };
// Instruction cache, data cache and prefetch on; at 180 MHz and 3.3 V flash takes five wait states.
enum { FLASH_ACCESS = 1 << 10 | 1 << 9 | 1 << 8 | 5 };

void board_init(void) {
  clock_start_f4(CORE_HZ / 1000000, FLASH_ACCESS);
  cycles_start();

  RCC_AHB1ENR |= AHB1ENR_GPIOAEN;
  RCC_APB1ENR |= APB1ENR_USART2EN;
  (void)RCC_APB1ENR;
  gpio_alternate(GPIOA, 2, 7);
  gpio_alternate_input(GPIOA, 3, 7);
  uart_start();
  receive_start();
}
