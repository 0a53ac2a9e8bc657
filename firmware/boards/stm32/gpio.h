// A port of the STM32F4, F7, G0 and H7 (the F1 has another one).
#ifndef WICK_GPIO_H
#define WICK_GPIO_H

#include "registers.h"

// Gives a pin (0 to 15) of the port at `base` to a peripheral, by the number of its alternate function (data sheet, table
// of alternate functions).
static inline void gpio_alternate(uint32_t base, uint32_t pin, uint32_t function) {
  // MODER: 2 is the alternate function. AFRL and AFRH: four bits a pin.
  set_field(&REGISTER(base + 0x20 + pin / 8 * 4), 15u << pin % 8 * 4, function << pin % 8 * 4);
  set_field(&REGISTER(base + 0x00), 3u << pin * 2, 2u << pin * 2);
}

// As above, for a pin that is received on: a pull-up keeps an open line quiet (PUPDR: 1).
static inline void gpio_alternate_input(uint32_t base, uint32_t pin, uint32_t function) {
  set_field(&REGISTER(base + 0x0c), 3u << pin * 2, 1u << pin * 2);
  gpio_alternate(base, pin, function);
}

#endif
