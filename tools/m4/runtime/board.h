#ifndef WICK_BOARD_H
#define WICK_BOARD_H

#include <stdint.h>

void board_write(const char *text);
__attribute__((noreturn)) void board_exit(int status);
void board_start_timer(void);
uint32_t board_ticks(void);

#endif
