/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which packets the filter judges: those to the protected ports, or all. Used by verdict.bpf.h and
 * hello.bpf.h.
 */
#ifndef SLUICE_SCOPE_BPF_H
#define SLUICE_SCOPE_BPF_H

#include "bpf/maps.bpf.h"
#include "bpf/parse.bpf.h"

/* clang knows that a port has 16 bits and would leave the mask out. The verifier of 6.1 does not know it any
 * more at this place and demands the mask. The empty assembly hides the port from clang. */
static __always_inline int is_protected(__u32 port)
{
	asm volatile("" : "+r"(port));
	return protected_ports[port / 64 & 1023] >> (port % 64) & 1;
}

/* Whether the packet may be one of TCP or UDP. What follows an extension header that was not read may be
 * anything. */
static __always_inline int may_have_ports(const struct packet *packet)
{
	return packet->protocol == IPPROTO_TCP || packet->protocol == IPPROTO_UDP ||
	       is_extension(packet->protocol);
}

/* Where the port cannot be known the packet is taken for one to a protected port. */
static __always_inline int in_scope(const struct packet *packet)
{
	if (config.scope == SLUICE_SCOPE_ALL || packet->later_fragment)
		return 1;
	if (packet->unread)
		return may_have_ports(packet);
	/* A packet without ports has port 0, which is never protected. */
	return is_protected(packet->port);
}

#endif
