// Reset and clock control of the STM32F4 and F7 (reference manuals RM0390 and RM0385, RCC, PWR and FLASH registers).
#ifndef WICK_RCC_F4_H
#define WICK_RCC_F4_H

#include "registers.h"

#define RCC_AHB1ENR REGISTER(0x40023830u)
#define RCC_APB1ENR REGISTER(0x40023840u)
#define RCC_APB2ENR REGISTER(0x40023844u)

// The core at 1 MHz times `multiplier` (more than 168), with over-drive, from the internal oscillator of 16 MHz: no
// crystal and no solder bridge matters. APB1 runs at a quarter, APB2 at half of it. `access` is FLASH_ACR with its wait states.
void clock_start_f4(uint32_t multiplier, uint32_t access);

#endif
