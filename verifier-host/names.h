/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * names.h - the kernel's words for numbers, for people.
 *
 * Names of one number are NULL when the number is not known.  Names of bits
 * are written into buf, each with a space before it, an unknown rest as hex;
 * they return buf.
 */
#ifndef VORW_NAMES_H
#define VORW_NAMES_H

#include "vorw_types.h"

const char *prog_type_name(u32 type);
const char *map_type_name(u32 type);
const char *attach_type_name(u32 type);	/* enum bpf_attach_type */
const char *section_name(u32 type);
const char *attach_kind_name(u32 kind);
const char *helper_name(u32 id);	/* without its "bpf_" */
const char *machine_name(u32 machine);	/* "?" when unknown */

char *cpu_feature_names(char *buf, size_t cap, u32 machine, u32 bits);
char *cap_names(char *buf, size_t cap, u32 bits);
char *fact_names(char *buf, size_t cap, u32 bits);
char *map_flag_names(char *buf, size_t cap, u32 bits);	/* BPF_F_* */

#endif
