// Received bytes wait here until board_read takes them, so that what arrives during an inference is not lost.
#ifndef WICK_RECEIVE_H
#define WICK_RECEIVE_H

// The handler of the UART's interrupt.
void receive_interrupt(void);

// Lets bytes in; the UART is set up.
void receive_start(void);

#endif
