/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vorw_not_carried.h - what a verifier can leave in a program that a blob has
 * no place for.  The capture module finds it, `vorw verify` refuses it.
 */
#ifndef VORW_NOT_CARRIED_H
#define VORW_NOT_CARRIED_H

/* X(VORW_NC_<name>, what the program does) */
#define VORW_NOT_CARRIED(X)						\
	X(DEVICE_BOUND,		"is bound to a network device")		\
	X(ARENA,		"uses an arena")			\
	X(EXCEPTIONS,		"throws exceptions")			\
	X(TOKEN,		"was loaded with a BPF token")		\
	X(PRIV_STACK,		"has a private stack")			\
	X(STACK_ARGS,		"passes arguments on the stack")	\
	X(SESSION_COOKIE,	"asks for a session cookie")		\
	X(CTX_ARGS,		"has typed context arguments")		\
	X(INSN_ARRAY,		"uses an instruction array")		\
	X(EXCLUSIVE_MAP,	"uses a map of its own")

enum {
#define X(name, text) VORW_NC_BIT_##name,
	VORW_NOT_CARRIED(X)
#undef X
	VORW_NC_CNT
};
enum {
#define X(name, text) VORW_NC_##name = 1u << VORW_NC_BIT_##name,
	VORW_NOT_CARRIED(X)
#undef X
};

#endif /* VORW_NOT_CARRIED_H */
