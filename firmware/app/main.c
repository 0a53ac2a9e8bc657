// Answers its host over the serial port, for ever.
#include "board.h"
#include "commands.h"
#include "protocol.h"

int main(void) {
  board_init();
  commands_start();
  protocol_start();
  for (;;) {
    const int byte = board_read();
    if (byte >= 0) protocol_receive((uint8_t)byte);
  }
}
