/* fiber.h - tells the address sanitizer when the program goes over to another stack; in other builds nothing. */
#ifndef SIM_FIBER_H
#define SIM_FIBER_H

#include <stddef.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

/* Before swapcontext to the stack of so many bytes. *own is what arriving back takes; own NULL: one never comes back. */
static inline void fiber_leave(void **own, const void *stack, size_t size_bytes)
{
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_start_switch_fiber(own, stack, size_bytes);
#else
    (void)own, (void)stack, (void)size_bytes;
#endif
}

/* The first thing on the stack that was gone to. own NULL: for the first time. The stack from which one came is filled in. */
static inline void fiber_arrive(void *own, const void **stack, size_t *size_bytes)
{
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(own, stack, size_bytes);
#else
    (void)own, (void)stack, (void)size_bytes;
#endif
}

#endif
