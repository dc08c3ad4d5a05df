/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which packets are the filter's business. Used by verdict.bpf.h and hello.bpf.h.
 */
#ifndef SLUICE_SCOPE_BPF_H
#define SLUICE_SCOPE_BPF_H

#include "bpf/maps.bpf.h"
#include "bpf/parse.bpf.h"

/* The compiler knows that a port has 16 bits and would leave the mask out, which the verifier of 6.1,
 * that lost sight of them, insists on. */
static __always_inline int is_protected(__u32 port)
{
	asm volatile("" : "+r"(port));
	return protected_ports[port / 64 & 1023] >> (port % 64) & 1;
}

static __always_inline int in_scope(const struct packet *packet)
{
	/* Port 0, that of what has no ports, is not among the protected ones. */
	return config.scope == SLUICE_SCOPE_ALL || packet->later_fragment || is_protected(packet->port);
}

#endif
